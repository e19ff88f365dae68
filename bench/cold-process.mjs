// What cold.ts spawns: imports a bundle, says so, answers one request, says so, ends.
const [, , file, request] = process.argv;
const { handler } = await import(file);
process.send('initialised');
const { statusCode = 200, batchItemFailures = [] } = await handler(JSON.parse(request));
process.send({ good: statusCode < 300 && batchItemFailures.length === 0 }, () => process.exit());
