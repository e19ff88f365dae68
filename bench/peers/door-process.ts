// What hookline.ts spawns: the packaged webhook behind node:http, as a peer stands.
import { startHttpApi } from '../../local/http-api.ts';

const [, , file = '', port = ''] = process.argv;
const { handler } = await import(file);
process.stdout.write = () => true;
await startHttpApi({ host: '127.0.0.1', port: Number(port) }, handler);
