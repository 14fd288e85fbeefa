/** Names for the shapes of the API's answers; `api-schema` is made from its OpenAPI by setup/page_check.sh. */
import type { components } from "api-schema";

type Shapes = components["schemas"];

export type Status = Shapes["Status"];
export type Account = Shapes["Account"];
export type Equity = Shapes["Equity"];
export type Positions = Shapes["Positions"];
export type Position = Shapes["Position"];
export type Fill = Shapes["Fill"];
export type FillPage = Shapes["FillPage"];
export type FillStory = Shapes["FillStory"];
export type Order = Shapes["Order"];
export type OrderPage = Shapes["OrderPage"];
export type OrderStory = Shapes["OrderStory"];
export type Signal = Shapes["Signal"];
export type SignalPage = Shapes["SignalPage"];
export type Verdict = Shapes["Verdict"];
export type Limits = Shapes["Limits"];
export type Limit = Shapes["Limit"];
export type Bots = Shapes["Bots"];
export type Bot = Shapes["Bot"];
export type Expectation = Shapes["Expectation"];
export type LiveResult = Shapes["LiveResult"];
export type Strategies = Shapes["Strategies"];
export type Strategy = Shapes["Strategy"];
export type StrategyParameter = Shapes["StrategyParameter"];
export type Book = Shapes["Book"];
export type Candle = Shapes["Candle"];
export type Candles = Shapes["Candles"];
export type Latency = Shapes["Latency"];
export type LatencyStage = Shapes["LatencyStage"];
export type CommandPage = Shapes["CommandPage"];
export type CommandDone = Shapes["CommandDone"];
export type SessionPage = Shapes["SessionPage"];
export type VerifyResults = Shapes["VerifyResults"];
export type Reports = Shapes["Reports"];
export type Side = Fill["side"];
