"use strict";
viewer(document.body).load();
