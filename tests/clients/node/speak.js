'use strict';
// What both Node programs share: lines in, lines out. See languages.py for the form of a line.

const readline = require('readline');

/// Answers each line with what `call` returns; what it throws is made an answer by `refusal`.
async function speak(call, refusal) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = await call(JSON.parse(line));
    } catch (error) {
      const refused = refusal(error);
      // A fault of the client itself is no answer of the server: let the test see it whole.
      if (refused === undefined) throw error;
      answer = { refused };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
}

module.exports = { speak };
