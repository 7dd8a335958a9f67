"use strict";
viewer(document.body).load(JSON.parse(document.body.dataset.map ?? "null"), "mapped" in document.body.dataset);
