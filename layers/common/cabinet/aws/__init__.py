"""AWS for every domain: clients, secrets, DynamoDB, SQS and its batches, the entry of event functions."""
