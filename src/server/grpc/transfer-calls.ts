// TransferSocket and ConfirmTransfer as messages in, messages out: who may ask is decided here, the rest by Transfers.

import type {
  ConfirmTransferRequest,
  ConfirmTransferResponse,
  TransferSocketRequest,
  TransferSocketResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { fieldInvalid } from "../domain/refusals.js";
import type { Broker } from "../domain/broker.js";
import type { Log } from "../log.js";
import type { Standing } from "../peer-processes.js";
import { notYourProcess, wrongNamespace } from "../transfer-refusals.js";
import { confirmWithinMs, type Transfers } from "../transfers.js";
import type { CallContext } from "./handler.js";
import { type ClaimProcess, checkHolderKey, checkLeaseId } from "./parse.js";
import { parseTransfer } from "./parse-transfer.js";
import { toDuration } from "./time.js";

const transferIdLengthMax = 64;

export class TransferCalls {
  readonly #broker: Broker;
  readonly #transfers: Transfers;
  readonly #claimProcess: ClaimProcess;
  readonly #log: Log;

  constructor(broker: Broker, transfers: Transfers, claimProcess: ClaimProcess, log: Log) {
    this.#broker = broker;
    this.#transfers = transfers;
    this.#claimProcess = claimProcess;
    this.#log = log;
  }

  transfer(request: TransferSocketRequest, context: CallContext): TransferSocketResponse {
    const { leaseId, holderKey, processId } = request;
    const lease = this.#broker.authorize(checkLeaseId(leaseId), checkHolderKey(holderKey));
    if (processId === 0) {
      throw fieldInvalid("process_id", "is 0; name the process that will open the socket");
    }
    const target = parseTransfer(request, lease.record);
    const { standing } = this.#claimProcess(context.peer(), processId);
    this.#checkStanding(standing, processId, leaseId);
    const { transferId, protocolInfo } = this.#transfers.transfer(lease, target, processId);
    return {
      transferId,
      protocolInfo: Buffer.from(protocolInfo),
      confirmWithin: toDuration(confirmWithinMs),
    };
  }

  confirm({ transferId, holderKey }: ConfirmTransferRequest): ConfirmTransferResponse {
    if (transferId === "" || transferId.length > transferIdLengthMax) {
      throw fieldInvalid("transfer_id", "is no transfer; send the transfer_id of TransferSocket");
    }
    this.#broker.authorize(this.#transfers.leaseIdOf(transferId), checkHolderKey(holderKey));
    this.#transfers.confirm(transferId);
    return {};
  }

  /** The socket goes to the caller's own process alone: with another's id, a key that leaked would plant sockets elsewhere. */
  #checkStanding(standing: Standing, processId: number, leaseId: string): void {
    switch (standing) {
      case "same":
        return;
      case "unknown":
        this.#log.debug("a socket goes to a process that could not be seen at the connection", {
          leaseId,
          processId,
        });
        return;
      case "elsewhere":
        throw wrongNamespace("process_id", processId);
      case "ancestor":
      case "other":
        throw notYourProcess("process_id", processId);
    }
  }
}
