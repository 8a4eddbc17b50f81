// The table of error numbers: complete, and decisive where the call changes the meaning.

import assert from "node:assert/strict";
import { explainedErrors, explainError } from "#native/win32/error-table.js";
import { win32Error } from "#native/win32/win32-failure.js";

/** Every number that the pages of the reservation calls document, or that was seen from them. */
const documented: readonly (readonly [api: string, numbers: readonly number[]])[] = [
  ["CreatePersistentTcpPortReservation", [5, 32, 87]],
  ["DeletePersistentTcpPortReservation", [5, 87, 1168]],
  ["LookupPersistentTcpPortReservation", [87, 1168]],
  [
    "SIO_ACQUIRE_PORT_RESERVATION",
    [10_014, 10_022, 10_038, 10_045, 10_050, 10_004, 10_036, 997, 995, 10_048],
  ],
  [
    "SIO_RELEASE_PORT_RESERVATION",
    [10_014, 10_022, 10_038, 10_045, 10_050, 10_004, 10_036, 997, 995],
  ],
  [
    "SIO_ASSOCIATE_PORT_RESERVATION",
    [10_013, 10_014, 10_022, 10_038, 10_045, 10_050, 10_004, 10_036, 997, 995],
  ],
  ["bind", [10_013, 10_014, 10_022, 10_038, 10_048, 10_049, 10_050, 10_055]],
  ["WSADuplicateSocketW", [10_014, 10_022, 10_024, 10_038, 10_050, 10_055, 10_045]],
  ["WSASocketW", [10_022, 10_024, 10_047, 10_050, 10_055]],
  ["GetExtendedTcpTable", [87, 122]],
  ["OpenProcess", [5, 87]],
];

describe("the error table of Windows", () => {
  for (const [api, numbers] of documented) {
    it(`knows every documented error of ${api}`, () => {
      for (const number of numbers) {
        const { name, meaning, advice } = explainError(api, number);
        assert.match(name, /^(ERROR|WSA)_?[A-Z_]+$/, String(number));
        assert.match(meaning, /^[a-z].*[^.]$/, name);
        assert.match(advice, /^[A-Za-z].*\.$/, name);
      }
    });
  }

  it("has each entry's name in the words of winerror.h", () => {
    for (const { api, errorNumber } of explainedErrors()) {
      assert.match(explainError(api ?? "", errorNumber).name, /^(ERROR_|WSA)[A-Z_]+$/);
    }
  });

  const decisive = [
    ["bind", 10_013, "PORT_TAKEN"],
    ["bind", 10_048, "PORT_TAKEN"],
    ["SIO_ASSOCIATE_PORT_RESERVATION", 10_013, "ACCESS_DENIED"],
    ["SIO_ASSOCIATE_PORT_RESERVATION", 10_022, "RESERVATION_GONE"],
    ["SIO_ACQUIRE_PORT_RESERVATION", 10_048, "PORT_TAKEN"],
    ["SIO_ACQUIRE_PORT_RESERVATION", 10_055, "NO_FREE_RANGE"],
    ["WSADuplicateSocketW", 10_022, "NOT_FOUND"],
    ["WSASocketW", 10_022, "RESERVATION_GONE"],
    ["CreatePersistentUdpPortReservation", 32, "PORT_TAKEN"],
    ["CreatePersistentUdpPortReservation", 5, "ACCESS_DENIED"],
    ["CreatePersistentUdpPortReservation", 87, "RANGE_INVALID"],
    ["DeletePersistentTcpPortReservation", 1168, "NOT_FOUND"],
    ["bind", 10_050, "NETWORK_DOWN"],
    ["bind", 10_055, "RESOURCES"],
    ["bind", 10_024, "DESCRIPTOR_LIMIT"],
    ["WSAIoctl", 10_045, "UNSUPPORTED"],
  ] as const;
  for (const [api, number, code] of decisive) {
    it(`takes ${number} of ${api} for ${code}`, () => {
      assert.equal(explainError(api, number).code, code);
    });
  }

  it("says of an unknown number where to look it up", () => {
    const { name, code, advice } = explainError("bind", 12_345);
    assert.equal(name, "error 12345");
    assert.equal(code, "OS_ERROR");
    assert.match(advice, /net helpmsg 12345/);
  });
});

describe("win32Error", () => {
  it("carries the call, the number, its name and the port, and says what to do", () => {
    const failure = { api: "SIO_ASSOCIATE_PORT_RESERVATION", errorNumber: 10_013 };
    const error = win32Error(failure, "for port 20001", { port: 20_001 });
    assert.equal(error.code, "ACCESS_DENIED");
    assert.deepEqual(error.fields, {
      api: "SIO_ASSOCIATE_PORT_RESERVATION",
      errorNumber: 10_013,
      errorName: "WSAEACCES",
      port: 20_001,
      holders: [],
    });
    assert.match(
      error.message,
      /^SIO_ASSOCIATE_PORT_RESERVATION failed with WSAEACCES \(10013\) for port 20001: /,
    );
    assert.match(error.message, /handoff/);
  });
});
