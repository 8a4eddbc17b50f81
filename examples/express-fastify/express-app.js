// An Express application as anybody writes it: nothing in here knows of portlease.

import express from "express";

const app = express();
app.get("/", (_request, response) => response.send("hello from Express\n"));

const server = app.listen(process.env.PORT ?? 0, (error) => {
  if (error) throw error;
  console.log(`Express listens on port ${server.address().port}`);
});
