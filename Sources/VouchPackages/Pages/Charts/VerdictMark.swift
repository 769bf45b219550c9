import VouchModel

/// A verdict's class in the style sheet and the shape that goes with it.
extension Verdict {
  /// `lack` for insufficient evidence: short, because it stands in every row.
  var mark: String {
    switch self {
    case .pass: "pass"
    case .fail: "fail"
    case .notOperated: "idle"
    case .insufficientEvidence: "lack"
    case .attestationPending: "wait"
    case .notApplicable: "none"
    }
  }
}
