// Says that it is there and stays.
console.log('ready');
setInterval(() => {}, 1000);
