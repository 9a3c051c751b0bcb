import { brokerContract } from "../../contracts/broker.ts";
import { openGround } from "./sandbox-ground.ts";

brokerContract("the simulated broker", async () => {
  const ground = openGround();
  return {
    broker: ground.broker,
    market: ground.market,
    symbol: "AAPL",
    otherSymbol: "MSFT",
    unknownSymbol: "ZZZZ",
    advance: async () => {
      ground.clock.advance(50);
      // Looking settles what is due.
      await ground.broker.clock();
    },
    close: async () => {
      await ground.close();
      ground.remove();
    },
  };
});
