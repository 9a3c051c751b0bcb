import type { StudyRow, StudyStore, TrialRow } from "../../src/ports.ts";

/** A store of studies in memory; the contract suite of the ledger holds for the real ones. */
export function fakeStudies(): StudyStore {
  const rows = new Map<number, StudyRow>();
  const bars = new Map<number, readonly Uint8Array[]>();
  const trials = new Map<number, Map<number, TrialRow>>();
  const rowOf = (number: number): StudyRow | undefined => {
    const row = rows.get(number);
    return row === undefined ? undefined : { ...row, finished: trials.get(number)?.size ?? 0 };
  };
  const all = (): readonly StudyRow[] => [...rows.keys()].flatMap((number) => rowOf(number) ?? []);
  const change = (number: number, changes: Partial<StudyRow>): void => {
    const row = rows.get(number);
    if (row !== undefined) rows.set(number, { ...row, ...changes });
  };
  return {
    async insert(study, given) {
      const known = all().find(({ key }) => key === study.key);
      if (known !== undefined) return known;
      const number = rows.size + 1;
      const row: StudyRow = {
        ...study,
        // What a database gives back is another object.
        definition: structuredClone(study.definition),
        number,
        state: "running",
        planned: 0,
        finished: 0,
        endedAtMs: null,
        text: "",
        report: null,
        place: null,
        toldAtMs: null,
      };
      rows.set(number, row);
      bars.set(number, given);
      return row;
    },
    study: async (number) => rowOf(number),
    list: async (limit) => all().toReversed().slice(0, limit),
    running: async () => all().filter(({ state }) => state === "running"),
    untold: async (sinceMs) =>
      all().filter(
        ({ state, toldAtMs, endedAtMs }) =>
          state !== "running" && toldAtMs === null && (endedAtMs ?? 0) > sinceMs,
      ),
    bars: async (number) => bars.get(number) ?? [],
    setPlanned: async (number, planned) => change(number, { planned }),
    setPlace: async (number, place) => change(number, { place }),
    setTold: async (number, toldAtMs) => change(number, { toldAtMs }),
    async addTrials(number, added) {
      const kept = trials.get(number) ?? new Map<number, TrialRow>();
      for (const each of added) if (!kept.has(each.number)) kept.set(each.number, structuredClone(each));
      trials.set(number, kept);
    },
    trialNumbers: async (number) => [...(trials.get(number)?.keys() ?? [])].toSorted((a, b) => a - b),
    trials: async (number) =>
      [...(trials.get(number)?.values() ?? [])].toSorted((one, two) => one.number - two.number),
    async end(number, { atMs, ...end }) {
      if (rows.get(number)?.state !== "running") return false;
      change(number, { ...end, endedAtMs: atMs });
      bars.delete(number);
      return true;
    },
  };
}
