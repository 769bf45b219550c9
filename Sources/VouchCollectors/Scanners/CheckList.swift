import VouchModel

/// Results of checks, of which the same one on the same thing counts once: a failed one if any.
struct CheckList {
  private var checks: [Record] = []
  private var positions: [[Value]: Int] = [:]

  mutating func add(_ check: Record) {
    let key = [check["asset_id"], check["check_id"]]
    guard let i = positions[key] else {
      positions[key] = checks.count
      checks.append(check)
      return
    }
    if Self.weight(check) > Self.weight(checks[i]) { checks[i] = check }
  }

  /// In the order in which each was first seen.
  var worst: [Record] { checks }

  private static func weight(_ check: Record) -> Int {
    let order = ["not_applicable", "passed", "unknown", "warning", "error", "failed"]
    guard case .text(let result) = check["result"] else { return -1 }
    return order.firstIndex(of: result) ?? -1
  }
}
