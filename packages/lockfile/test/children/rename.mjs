// Has a name that a careless reader of /proc/PID/stat stumbles over.
process.title = 'a) 1 (b 2';
console.log('ready');
setInterval(() => {}, 1000);
