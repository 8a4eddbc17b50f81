// Takes a lease back from its holder, for a reason that the holder is told.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Lease } from "../api/messages.js";
import { useDashboard } from "../app/dashboard.js";
import { holderText, portsText } from "../model/format.js";
import { AdminDialog } from "./admin-dialog.js";

/** As RevokeLease takes it. */
const reasonLengthMax = 256;

export function RevokeDialog({
  lease,
  onClose,
}: {
  readonly lease: Lease;
  readonly onClose: () => void;
}): VNode {
  const { api } = useDashboard();
  const [reason, setReason] = useState("");
  const ports = portsText(lease.port, lease.portCount);
  return (
    <AdminDialog
      title={`Revoke the lease of ${ports}`}
      typedWord={String(lease.port)}
      actionLabel="Revoke the lease"
      isDangerous
      act={() => api.revokeLease(lease.leaseId, reason.trim())}
      onClose={onClose}
    >
      <p>
        <b>{holderText(lease)}</b> loses {ports} now and is told so. It cannot be undone. A process
        that stays bound keeps the port out of use until it lets go.
      </p>
      <label class="field">
        <span>Reason, told to the holder</span>
        <input
          class="input"
          maxLength={reasonLengthMax}
          autocomplete="off"
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
    </AdminDialog>
  );
}
