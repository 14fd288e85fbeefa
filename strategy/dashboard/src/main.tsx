/** The start: styles, the address, the page. */
import { render } from "preact";
import { App } from "./app";
import { followHash } from "./route";
import "./style/tokens.css";
import "./style/base.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/dialog.css";
import "./style/market.css";

followHash();
const place = document.getElementById("page");
if (place) render(<App />, place);
