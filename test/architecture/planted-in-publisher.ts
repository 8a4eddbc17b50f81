// Forbidden imports of the publisher, and of the records that it shares with the fleet server.

export interface Planted {
  readonly file: string;
  readonly code: string;
  readonly rule: string;
  readonly says: RegExp;
}

export const plantedInPublisher: readonly Planted[] = [
  {
    file: "src/server/fleet/bad.ts",
    code: 'import { toDuration } from "../grpc/time.js";\nexport const x = toDuration;\n',
    rule: "no-restricted-imports",
    says: /the publisher tells etcd of the core/,
  },
  {
    file: "src/fleet/records/bad.ts",
    code: 'import { Broker } from "../../server/domain/broker.js";\nexport const x = Broker;\n',
    rule: "no-restricted-imports",
    says: /what brokers and fleet servers have in common/,
  },
];
