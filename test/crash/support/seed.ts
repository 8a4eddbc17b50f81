// Randomness that can be had again: each test takes a fresh seed, or the one in PORTLEASE_TEST_SEED, and names it when it fails.
// The order of events between two processes is not repeatable; what each caller asks for is.

import { SeededRandom } from "../../support/seeded-random.js";

export const seedVariable = "PORTLEASE_TEST_SEED";

export async function withSeed(test: (random: SeededRandom) => Promise<void>): Promise<void> {
  const given = process.env[seedVariable];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  try {
    await test(new SeededRandom(seed));
  } catch (error) {
    throw new Error(`with seed ${seed} (again: ${seedVariable}=${seed})`, { cause: error });
  }
}
