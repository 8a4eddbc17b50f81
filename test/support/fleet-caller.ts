// Calls a fleet server over real gRPC, with the generated client and nothing of @portlease/client: promises instead of callbacks,
// RpcFailure instead of ServiceError.

import { type ClientUnaryCall, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  HealthCheckRequest,
  type HealthCheckResponse,
  HealthClient,
} from "@portlease/proto/grpc/health/v1/health.js";
import {
  FindServiceRequest,
  type FindServiceResponse,
  ForgetHostRequest,
  type ForgetHostResponse,
  FleetServiceClient,
  type FleetLease,
  type FleetProblem,
  GetFleetRequest,
  type GetFleetResponse,
  type Host,
  ListFleetLeasesRequest,
  type ListFleetLeasesResponse,
  ListHostsRequest,
  type ListHostsResponse,
  ListProblemsRequest,
  type ListProblemsResponse,
  type ServiceEndpoint,
  WatchFleetRequest,
  type WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { DeepPartial } from "@portlease/proto/portlease/v1/lease_service.js";
import { MessageStream } from "./message-stream.js";
import { toRpcFailure } from "./rpc-failure.js";

type Done<Response> = (error: ServiceError | null, response: Response) => void;

export class FleetCaller {
  readonly #client: FleetServiceClient;
  readonly #health: HealthClient;
  readonly #metadata = new Metadata();

  constructor(address: string, token: string | null = null) {
    const options = { "grpc.use_local_subchannel_pool": 1, "grpc.enable_retries": 0 };
    this.#client = new FleetServiceClient(address, credentials.createInsecure(), options);
    this.#health = new HealthClient(address, credentials.createInsecure(), options);
    if (token !== null) this.#metadata.set("authorization", `Bearer ${token}`);
  }

  fleet(): Promise<GetFleetResponse> {
    const request = GetFleetRequest.fromPartial({});
    return answered((done) => this.#client.getFleet(request, this.#metadata, done));
  }

  async hosts(request: DeepPartial<ListHostsRequest> = {}): Promise<readonly Host[]> {
    const whole = ListHostsRequest.fromPartial(request);
    const list = (done: Done<ListHostsResponse>) =>
      this.#client.listHosts(whole, this.#metadata, done);
    return (await answered(list)).hosts;
  }

  async leases(request: DeepPartial<ListFleetLeasesRequest> = {}): Promise<readonly FleetLease[]> {
    const whole = ListFleetLeasesRequest.fromPartial(request);
    const list = (done: Done<ListFleetLeasesResponse>) =>
      this.#client.listFleetLeases(whole, this.#metadata, done);
    return (await answered(list)).leases;
  }

  async find(service: string): Promise<readonly ServiceEndpoint[]> {
    const request = FindServiceRequest.fromPartial({ service });
    const find = (done: Done<FindServiceResponse>) =>
      this.#client.findService(request, this.#metadata, done);
    return (await answered(find)).endpoints;
  }

  async problems(): Promise<readonly FleetProblem[]> {
    const request = ListProblemsRequest.fromPartial({});
    const list = (done: Done<ListProblemsResponse>) =>
      this.#client.listProblems(request, this.#metadata, done);
    return (await answered(list)).problems;
  }

  forget(hostId: string): Promise<ForgetHostResponse> {
    const request = ForgetHostRequest.fromPartial({ hostId });
    return answered((done) => this.#client.forgetHost(request, this.#metadata, done));
  }

  watch(request: DeepPartial<WatchFleetRequest> = {}): MessageStream<WatchFleetResponse> {
    const stream = this.#client.watchFleet(WatchFleetRequest.fromPartial(request), this.#metadata);
    return new MessageStream(stream, (message) => message);
  }

  /** SERVING or NOT_SERVING, by its number. */
  async health(service = ""): Promise<number> {
    const request = HealthCheckRequest.fromPartial({ service });
    const check = (done: Done<HealthCheckResponse>) => this.#health.check(request, done);
    return (await answered(check)).status;
  }

  close(): void {
    this.#client.close();
    this.#health.close();
  }
}

function answered<Response>(begin: (done: Done<Response>) => ClientUnaryCall): Promise<Response> {
  return new Promise((resolve, reject) => {
    begin((error, response) => (error === null ? resolve(response) : reject(toRpcFailure(error))));
  });
}
