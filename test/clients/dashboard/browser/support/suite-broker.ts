// A broker for the tests of a suite, who calls it, and its dashboard in a browser.

import { BrokerLab, type LabBrokerOptions } from "../../../../support/broker-lab.js";
import type { BrokerProcess } from "../../../../support/broker-process.js";
import type { LeaseCaller } from "../../../../support/lease-caller.js";
import { BrokerPage } from "./broker-page.js";
import { dashboardUrl } from "./dashboard-url.js";
import { SuiteBrowser } from "./suite-browser.js";
import type { PageOptions } from "./test-browser.js";

export class SuiteBroker {
  readonly browser = SuiteBrowser.forSuite();
  #lab: BrokerLab | null = null;
  #broker: BrokerProcess | null = null;
  #caller: LeaseCaller | null = null;

  /** Call it where the suite is described: the broker starts before its first test, and ends after its last. */
  static forSuite(options: LabBrokerOptions): SuiteBroker {
    const suite = new SuiteBroker();
    before(async () => {
      suite.#lab = await BrokerLab.open();
      suite.#broker = await suite.#lab.start(options);
      suite.#caller = suite.#lab.caller(suite.#broker);
    });
    after(async () => suite.#lab?.close());
    return suite;
  }

  get broker(): BrokerProcess {
    return begun(this.#broker);
  }

  get caller(): LeaseCaller {
    return begun(this.#caller);
  }

  get url(): string {
    return dashboardUrl(this.broker);
  }

  async open(options: PageOptions = {}): Promise<BrokerPage> {
    const { page } = await this.browser.open(this.url, options);
    return new BrokerPage(page);
  }
}

function begun<T>(part: T | null): T {
  if (part === null) throw new Error("the suite has not begun");
  return part;
}
