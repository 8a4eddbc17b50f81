// What a kind of reservation does and does not do, as far as the contract of hosts depends on it.

import type { BindMethod, ReservationKind } from "@portlease/native";

export interface KindTraits {
  readonly bindMethod: BindMethod;
  readonly hasToken: boolean;
  /** A plain bind by number is refused. */
  readonly keepsStrangersOut: boolean;
  /** Found again by another process after `release`. */
  readonly outlivesProcess: boolean;
  /** Can be had while a lessee is bound to the port. */
  readonly coversBesideLessees: boolean;
  /** The same beside a stranger: it is only the system's own picks that are kept away. */
  readonly coversBesideStrangers: boolean;
  /** What was made with one run is not taken for another one within it. */
  readonly tellsRunsApart: boolean;
}

export const traitsOf: Record<ReservationKind, KindTraits> = {
  held: {
    bindMethod: "share-port",
    hasToken: false,
    keepsStrangersOut: true,
    outlivesProcess: false,
    coversBesideLessees: true,
    coversBesideStrangers: false,
    tellsRunsApart: true,
  },
  persistent: {
    bindMethod: "associate",
    hasToken: true,
    keepsStrangersOut: true,
    outlivesProcess: true,
    coversBesideLessees: false,
    coversBesideStrangers: false,
    tellsRunsApart: true,
  },
  runtime: {
    bindMethod: "handoff",
    hasToken: true,
    keepsStrangersOut: true,
    outlivesProcess: false,
    coversBesideLessees: false,
    coversBesideStrangers: false,
    tellsRunsApart: true,
  },
  administered: {
    bindMethod: "plain",
    hasToken: false,
    keepsStrangersOut: false,
    outlivesProcess: true,
    coversBesideLessees: false,
    coversBesideStrangers: false,
    tellsRunsApart: true,
  },
};

/** Linux has one list of ports for all that is administered. */
export const linuxAdministeredTraits: KindTraits = {
  ...traitsOf.administered,
  coversBesideLessees: true,
  coversBesideStrangers: true,
  tellsRunsApart: false,
};
