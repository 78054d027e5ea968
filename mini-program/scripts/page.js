my.connectSocket({
url: 'test.php',
data: {},
header:{
'content-type': 'application/json'
},
});
