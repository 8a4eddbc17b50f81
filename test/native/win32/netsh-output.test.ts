// What netsh prints in several languages and code pages, as bytes. The English, Spanish, French and Korean words are as users
// posted them; the German and Japanese ones are made after their shape. The shape is what is read.

import assert from "node:assert/strict";
import { parseDynamicRange, parseExcludedRanges } from "#native/win32/netsh-output.js";

interface Locale {
  readonly name: string;
  readonly title: Buffer;
  readonly columns: Buffer;
  readonly rule: string;
  readonly footer: Buffer;
  readonly dynamicTitle: Buffer;
  readonly start: Buffer;
  readonly count: Buffer;
}

/** In code page 850: u umlaut 0x81, o acute 0xA2, e acute 0x82, u acute 0xA3, a acute 0xA0. */
function cp850(text: string): Buffer {
  const bytes: Record<string, number> = { ü: 0x81, ó: 0xa2, é: 0x82, ú: 0xa3, á: 0xa0 };
  return Buffer.from(Array.from(text, (letter) => bytes[letter] ?? letter.charCodeAt(0)));
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

function ascii(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

const narrowRule = "----------    --------      ";

const locales: readonly Locale[] = [
  {
    name: "English (437)",
    title: ascii("Protocol tcp Port Exclusion Ranges"),
    columns: ascii("Start Port    End Port      "),
    rule: narrowRule,
    footer: ascii("* - Administered port exclusions."),
    dynamicTitle: ascii("Protocol tcp Dynamic Port Range"),
    start: ascii("Start Port      : "),
    count: ascii("Number of Ports : "),
  },
  {
    name: "German (850)",
    title: cp850('Portausschlussbereiche für das Protokoll "tcp"'),
    columns: cp850("Startport      Endport"),
    rule: narrowRule,
    footer: cp850("* - Verwaltete Portausschlüsse."),
    dynamicTitle: cp850("Protokoll tcp Dynamischer Portbereich"),
    start: cp850("Startport       : "),
    count: cp850("Anzahl von Ports: "),
  },
  {
    name: "French (850)",
    title: cp850("Protocole tcp Plages d'exclusion de ports"),
    columns: cp850("Port de début    Port de fin"),
    rule: "-------------    -----------",
    footer: cp850("* - Exclusions de ports administrés."),
    dynamicTitle: cp850("Plage de ports dynamique du protocole tcp"),
    start: cp850("Port de démarrage   : "),
    count: cp850("Nombre de ports     : "),
  },
  {
    name: "Spanish (850)",
    title: cp850("Protocolo tcp Intervalos de exclusión de puertos"),
    columns: cp850("Puerto de inicio    Puerto final"),
    rule: "----------------    ------------",
    footer: cp850("* - Exclusiones de puertos administrados."),
    dynamicTitle: cp850("Intervalo de puertos dinámicos de protocolo tcp"),
    start: cp850("Puerto de inicio  : "),
    count: cp850("Número de puertos : "),
  },
  {
    name: "Japanese (932)",
    // "Start port", "End port", "Number of ports" and a wide colon, 81 46.
    title: Buffer.concat([
      hex("83 76 83 8d 83 67 83 52 83 8b"),
      ascii(" tcp "),
      hex("83 7c 81 5b 83 67"),
    ]),
    columns: Buffer.concat([
      hex("8a 4a 8e 6e 83 7c 81 5b 83 67"),
      ascii("    "),
      hex("8f 49 97 b9 83 7c 81 5b 83 67"),
    ]),
    rule: narrowRule,
    footer: Buffer.concat([ascii("* - "), hex("8a c7 97 9d 81 42")]),
    dynamicTitle: hex("93 ae 93 49 83 7c 81 5b 83 67"),
    start: Buffer.concat([hex("8a 4a 8e 6e 83 7c 81 5b 83 67 81 46"), ascii(" ")]),
    count: Buffer.concat([hex("83 7c 81 5b 83 67 90 94 81 46"), ascii(" ")]),
  },
  {
    name: "Korean (949)",
    title: Buffer.concat([hex("c7 c1 b7 ce c5 e4 c4 dd"), ascii(" tcp "), hex("c6 f7 c6 ae")]),
    columns: Buffer.concat([
      hex("bd c3 c0 db 20 c6 f7 c6 ae"),
      ascii("    "),
      hex("b3 a1 20 c6 f7 c6 ae"),
    ]),
    rule: narrowRule,
    footer: Buffer.concat([ascii("* - "), hex("b0 fc b8 ae 20 c6 f7 c6 ae")]),
    dynamicTitle: hex("b5 bf c0 fb 20 c6 f7 c6 ae"),
    start: Buffer.concat([hex("bd c3 c0 db 20 c6 f7 c6 ae"), ascii("       : ")]),
    count: Buffer.concat([hex("c6 f7 c6 ae 20 bc f6"), ascii("         : ")]),
  },
];

const endOfLine = ascii("\r\n");

function lines(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [part, endOfLine]));
}

function table(locale: Locale, rows: readonly string[]): Buffer {
  const { title, columns, rule, footer } = locale;
  const empty = ascii("");
  return lines(empty, title, empty, columns, ascii(rule), ...rows.map(ascii), empty, footer, empty);
}

describe("parseExcludedRanges", () => {
  for (const locale of locales) {
    it(`reads a table in ${locale.name}`, () => {
      const rows = ["      5357        5357      ", "     50000       50059     *"];
      assert.deepEqual(parseExcludedRanges(table(locale, rows)), [
        { firstPort: 5357, portCount: 1, administered: false },
        { firstPort: 50_000, portCount: 60, administered: true },
      ]);
    });

    it(`finds no ranges in a table without rows in ${locale.name}`, () => {
      assert.deepEqual(parseExcludedRanges(table(locale, [])), []);
    });
  }

  it("takes an output without a table for unknown, not for none", () => {
    const outputs = [
      "",
      "\r\n",
      "The following command was not found: int ipv4 show.\r\n",
      "Ok.\r\n",
    ];
    for (const output of outputs) assert.equal(parseExcludedRanges(ascii(output)), null);
  });

  it("leaves out what is no range of ports", () => {
    const rows = ["  0  5", "  10  9", "  1  65536", "  1  2  3", "  99999  99999", "  7  7"];
    const [first] = locales;
    assert.ok(first !== undefined);
    const ranges = parseExcludedRanges(table(first, rows));
    assert.deepEqual(ranges, [{ firstPort: 7, portCount: 1, administered: false }]);
  });

  it("reads lines that end as on Linux, too", () => {
    const output = ascii("----    ----\n  80  80\n");
    assert.deepEqual(parseExcludedRanges(output), [
      { firstPort: 80, portCount: 1, administered: false },
    ]);
  });
});

describe("parseDynamicRange", () => {
  for (const { name, dynamicTitle, start, count } of locales) {
    it(`reads the start and the number of ports in ${name}`, () => {
      const rule = ascii("---------------------------------");
      const first = Buffer.concat([start, ascii("49152")]);
      const second = Buffer.concat([count, ascii("16384")]);
      const output = lines(ascii(""), dynamicTitle, rule, first, second, ascii(""));
      assert.deepEqual(parseDynamicRange(output), { firstPort: 49_152, portCount: 16_384 });
    });
  }

  it("does not guess from anything but two numbers that make a run of ports", () => {
    for (const output of [
      "",
      "a : 1\r\n",
      "a : 1\r\nb : 2\r\nc : 3\r\n",
      "a : 65535\r\nb : 2\r\n",
    ]) {
      assert.equal(parseDynamicRange(ascii(output)), null);
    }
  });
});
