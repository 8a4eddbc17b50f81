"""The messages and stubs of portlease.v1, generated: for what portlease.Client does not do."""
