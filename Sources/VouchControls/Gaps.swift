import VouchModel

/// What keeps a control from passing and what can still be done, most urgent first.
enum Gaps {
  static func of(
    _ control: Control, _ results: [SliceResult], owner: String, period: Period, asOf: Instant,
    zone: Zone
  ) -> [Gap] {
    var gaps: [Gap] = []
    let isOver = asOf >= period.end
    func add(_ text: String, _ action: String, due: Instant?, recoverable: Bool) {
      gaps.append(
        Gap(text: text, action: action, owner: owner, due: due, isRecoverable: recoverable))
    }
    for result in results {
      if result.verdict == .fail {
        // What was due before as_of cannot be done in time any more; what runs on can.
        add(
          result.reason, control.fix, due: isOver ? nil : period.end,
          recoverable: !isOver && control.mode == .snapshot)
      }
      for span in result.coverage where span.state == .gap {
        let reachesNow = span.to >= asOf && !isOver
        add(
          "no evidence from \(zone.date(of: span.from)) to \(zone.date(of: span.to))",
          reachesNow
            ? "collect from the source now" : "disclose the gap; it cannot be filled afterwards",
          due: reachesNow ? asOf : nil, recoverable: reachesNow)
      }
      for reason in result.incompleteness where !reason.hasPrefix("no evidence from") {
        add(
          reason, "collect again from the source, or explain the difference", due: nil,
          recoverable: true)
      }
      if result.verdict == .attestationPending {
        add(
          result.reason, "a named person states it and attaches the document",
          due: period.end.advanced(days: 14), recoverable: true)
      }
      if result.unknown > 0 {
        add(
          "\(result.unknown) items cannot be decided",
          "collect the field or the record that decides them; 'vouch explain \(control.id)' lists them",
          due: nil, recoverable: true)
      }
    }
    return gaps.sorted {
      ($0.isRecoverable ? 0 : 1, $0.due ?? Instant(seconds: .max), $0.text)
        < ($1.isRecoverable ? 0 : 1, $1.due ?? Instant(seconds: .max), $1.text)
    }
  }
}
