import { greeting } from './modules/greeting.js';
import twice from './modules/../modules/twice.js';

const [url] = argv;
await my.connectSocket({ url });
const heard = new Promise((resolve) => my.onSocketMessage(resolve));
await my.sendSocketMessage({ data: twice(greeting) });
console.log((await heard).data);
await my.closeSocket();
