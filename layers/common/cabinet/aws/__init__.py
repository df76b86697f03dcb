"""The only package that talks to AWS: DynamoDB, queues, object storage, secrets."""
