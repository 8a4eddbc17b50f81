// The services of a broker, each with its definition.

import {
  AdminServiceService,
  type AdminServiceServer,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { ServedService } from "./guarded-services.js";
import { type ServedLeaseService, servedLeaseService } from "./lease-service.js";

export interface BrokerServices {
  readonly lease: ServedLeaseService;
  readonly admin: AdminServiceServer;
}

export function brokerServices({ lease, admin }: BrokerServices): readonly ServedService[] {
  return [
    { definition: servedLeaseService, implementation: lease },
    { definition: AdminServiceService, implementation: admin },
  ];
}
