import VouchModel

/// The severity that a ticket system's own word or number means, where the source's options do
/// not say otherwise (`severity.<as written>`); nil when it is none that is known.
///
/// | severity | words |
/// | --- | --- |
/// | critical | critical, blocker, highest, urgent, emergency, immediate, showstopper, P0, P1, Sev0, Sev1, S1, 1 |
/// | high | high, major, important, P2, Sev2, S2, 2 |
/// | medium | medium, moderate, normal, average, P3, Sev3, S3, 3 |
/// | low | low, lowest, minor, trivial, planning, cosmetic, P4, P5, Sev4, Sev5, S4, S5, 4, 5 |
///
/// Where schemes disagree, the stricter reading counts: Jira's older `Major` is high here although
/// newer Jira calls the same rank `Medium`. `1 - Critical` is read by its word.
func defaultTicketSeverity(_ written: String) -> String? {
  let text = written.lowercased()
  let word = text.drop { !$0.isLetter }
  for candidate in [text[...], word, text.prefix { $0.isLetter }] {
    switch candidate.trimmingSpace {
    case "critical", "blocker", "highest", "urgent", "emergency", "immediate", "showstopper":
      return "critical"
    case "high", "major", "important": return "high"
    case "medium", "moderate", "normal", "average": return "medium"
    case "low", "lowest", "minor", "trivial", "planning", "cosmetic": return "low"
    default: continue
    }
  }
  let ranked = text.wholeMatch(of: /(?:p|prio|priority|s|sev|severity)?[\s\-_:]*([0-5])(?:\s.*)?/)
  switch ranked?.1 {
  case "0", "1": return "critical"
  case "2": return "high"
  case "3": return "medium"
  case "4", "5": return "low"
  default: return nil
  }
}

/// Words with which a system says that nobody has set a priority.
func isUnsetSeverity(_ written: String) -> Bool {
  switch written.lowercased() {
  case "unprioritized", "not set", "unset", "undefined", "unassigned", "none", "no priority": true
  default: false
  }
}

/// The kind of a ticket by its type, where the source's options do not say otherwise (`kind`,
/// `kind.<as written>`). What none of the words fits is an issue.
func defaultTicketKind(_ type: String?) -> String {
  let text = (type ?? "").lowercased()
  let kinds: [(kind: String, words: [String])] = [
    ("incident", ["incident", "outage"]),
    ("deficiency", ["deficiency", "audit finding", "nonconformity"]),
    ("access", ["access"]),
    ("maintenance", ["maintenance"]),
    ("change", ["change"]),
    ("request", ["request", "question", "sc_req", "sc_task", "ritm"]),
  ]
  return kinds.first { $0.words.contains { text.contains($0) } }?.kind ?? "issue"
}

/// Why the clock stands still in a status, where the source's options do not say otherwise
/// (`pause.<as written>`); nil for a status in which it runs.
func defaultPauseReason(_ status: String) -> String? {
  let text = status.lowercased()
  guard ["wait", "pending", "hold"].contains(where: { text.contains($0) }) else { return nil }
  if ["customer", "reporter", "requester", "requestor", "caller", "client"]
    .contains(where: { text.contains($0) })
  {
    return "waiting_for_customer"
  }
  if ["vendor", "supplier", "third party", "3rd party"].contains(where: { text.contains($0) }) {
    return "waiting_for_vendor"
  }
  return nil
}
