// The port of this worker. One test file at a time runs in a worker, so none shares its port with another.

const ports = process.env.LEASED_PORTS.split(",").map(Number);

// Counted from 1: https://jestjs.io/docs/environment-variables
exports.workerPort = ports[Number(process.env.JEST_WORKER_ID) - 1];
