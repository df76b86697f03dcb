"""DynamoDB for every domain, batches of SQS, the entry of event functions, and what a cold start sets."""
