// The struct sizes and offsets of layout.ts against what a C compiler's rules make of the declared types, on every platform.

import assert from "node:assert/strict";
import { array, offsetof, sizeof, struct, type TypeObject } from "koffi";
import { type FieldType, type StructLayout, structs } from "#native/win32/layout.js";

describe("the structs of Win32", () => {
  for (const [name, layout] of Object.entries<StructLayout>(structs)) {
    it(`${name} has the size and the offsets that the declaration gives it`, () => {
      const fields = Object.entries(layout.types).map(
        ([field, type]): [string, string | TypeObject] => [field, koffiType(type)],
      );
      const type = struct(`win32_${name}`, Object.fromEntries(fields));
      assert.equal(sizeof(type), layout.size);
      for (const [field, offset] of Object.entries(layout.at)) {
        assert.equal(offsetof(type, field), offset, field);
      }
    });
  }
});

function koffiType(type: FieldType): string | TypeObject {
  const parts = /^(\w+)\[(\d+)\]$/.exec(type);
  return parts === null ? type : array(parts[1] ?? "", Number(parts[2]));
}
