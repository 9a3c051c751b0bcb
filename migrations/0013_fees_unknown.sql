ALTER TABLE "trades" ALTER COLUMN "fees" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "trades" ALTER COLUMN "fees" DROP NOT NULL;--> statement-breakpoint
-- Nobody had reported any: what stood here was no zero but unknown.
UPDATE "trades" SET "fees" = NULL WHERE "fees" = 0;
