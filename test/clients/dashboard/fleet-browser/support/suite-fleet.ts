// A fleet server over simulated hosts for the tests of a suite, and its dashboard in a browser.

import type { FleetSink } from "#fleet/view/fleet-sink.js";
import { SimulatedFleet, type SimulatedFleetOptions } from "../../../../support/simulated-fleet.js";
import { SuiteBrowser } from "../../browser/support/suite-browser.js";
import type { PageOptions } from "../../browser/support/test-browser.js";
import { FleetPage } from "./fleet-page.js";
import { ServedFleet, type ServedFleetOptions } from "./served-fleet.js";

export interface SuiteFleetOptions {
  readonly hosts: Omit<SimulatedFleetOptions, "nowWallMs">;
  readonly server?: ServedFleetOptions;
}

export class SuiteFleet {
  readonly browser = SuiteBrowser.forSuite();
  #simulated: SimulatedFleet | null = null;
  #served: ServedFleet | null = null;

  /** Call it where the suite is described: the hosts are told before its first test. */
  static forSuite({ hosts, server = {} }: SuiteFleetOptions): SuiteFleet {
    const suite = new SuiteFleet();
    before(async () => {
      suite.#simulated = new SimulatedFleet({ ...hosts, nowWallMs: Date.now() });
      suite.#served = await ServedFleet.start(server);
      suite.#served.tell(suite.#simulated);
    });
    after(async () => suite.#served?.stop());
    return suite;
  }

  get hosts(): SimulatedFleet {
    return begun(this.#simulated);
  }

  get served(): ServedFleet {
    return begun(this.#served);
  }

  /** What a test tells the fleet server. */
  get sink(): FleetSink {
    return this.served.view;
  }

  /** `hash`: the page of the dashboard. */
  async open(hash = "", options: PageOptions = {}): Promise<FleetPage> {
    const { page } = await this.browser.open(`${this.served.url}${hash}`, options);
    return new FleetPage(page);
  }

  /** Goes away as if killed. What it knew is lost, as a fleet server keeps nothing. */
  async stopServer(): Promise<void> {
    await this.served.stop();
  }

  /** At the same address, over the same hosts. */
  async startServer(): Promise<void> {
    const { port } = this.served;
    this.#served = await ServedFleet.start({ port });
    this.#served.tell(this.hosts);
  }
}

function begun<T>(part: T | null): T {
  if (part === null) throw new Error("the suite has not begun");
  return part;
}
