#!/usr/bin/env node
'use strict';
const { launch } = require('../dist/cli/launch.cjs');

launch().then((exitCode) => { process.exitCode = exitCode; });
