import VouchModel

/// Risks, one a deviation, and findings, one a control.
extension AssessmentResults {
  func risks(of evaluated: Evaluated, _ xml: XMLWriter) throws {
    for (slice, observation) in evaluated.slices {
      for risk in risks(evaluated, slice, observation) {
        try xml.element("risk") { try write(risk, evaluated, observation, xml) }
      }
    }
  }

  private struct Risk {
    let uuid: String
    let local: String
    let title: String
    let description: [String]
    let isWaived: Bool
    var hasRows = false
  }

  private func risks(
    _ evaluated: Evaluated, _ slice: SliceResult, _ observation: String
  ) -> [Risk] {
    let control = evaluated.conclusion.control
    if slice.deviations > Self.riskLimit {
      let uuid = context.identifiers.uuid("risk", evaluated.token, slice.slice.start.iso8601)
      return [
        Risk(
          uuid: uuid, local: slice.slice.start.iso8601,
          title: "\(control.id): \(slice.deviations) deviations",
          description: ["\(slice.deviations) items deviate; deviations.csv lists them."],
          isWaived: false, hasRows: true)
      ]
    }
    let texts = Dictionary(
      control.attributes.map { ($0.key, $0.text) }, uniquingKeysWith: { first, _ in first })
    let span = evaluated.slices.count == 1 ? "" : slice.slice.start.iso8601
    return slice.deviations(of: control).map { deviation in
      let waiver = deviation.isWaived ? deviation.results.first?.waiver : nil
      return Risk(
        uuid: context.identifiers.uuid("risk", evaluated.token, span, deviation.item),
        local: "\(span)\n\(deviation.item)",
        title:
          "\(control.id): \(deviation.item) \(waiver.map { "is waived (\($0))" } ?? "deviates")",
        description: deviation.results.map { result in
          "Not so: \(result.attribute). \(texts[result.attribute] ?? ""). \(origin(of: result))"
        }, isWaived: waiver != nil)
    }
  }

  private func origin(of result: ItemResult) -> String {
    guard let evidence = result.evidence, let row = rows[evidence] else { return "" }
    return "Read at \(PackageLayout.origin(row, place: result.place))"
  }

  private func write(
    _ risk: Risk, _ evaluated: Evaluated, _ observation: String, _ xml: XMLWriter
  ) throws {
    xml.attribute("uuid", risk.uuid)
    xml.element("title", text: risk.title, as: .line)
    try xml.markup("description", risk.description)
    try xml.markup("statement", OSCALContext.lines(evaluated.conclusion.control.means))
    if risk.hasRows {
      xml.element(
        "link", ["href": "#\(context.resource(PackageLayout.deviations))", "rel": "evidence"])
    }
    xml.element("status", text: risk.isWaived ? "deviation-approved" : "open")
    let response = OSCALContext.lines(evaluated.conclusion.response)
    if !response.isEmpty {
      try xml.element("response") {
        xml.attribute("uuid", context.identifiers.uuid("response", evaluated.token, risk.local))
        xml.attribute("lifecycle", "planned")
        xml.element("title", text: "Management's response")
        try xml.markup("description", response)
      }
    }
    xml.element("related-observation", ["observation-uuid": observation])
  }

  func finding(of evaluated: Evaluated, _ xml: XMLWriter) throws {
    let conclusion = evaluated.conclusion
    guard let status = FindingStatus(conclusion.verdict) else { return }
    try xml.element("finding") {
      xml.attribute("uuid", context.identifiers.uuid("finding", evaluated.token))
      xml.element("title", text: "\(conclusion.control.id): \(status.title)", as: .line)
      try xml.markup("description", [conclusion.reason])
      try origin(xml)
      try xml.element("target") {
        xml.attribute("type", "objective-id")
        xml.attribute("target-id", "\(evaluated.token)_obj")
        try xml.element("status") {
          xml.attribute("state", status.state)
          xml.attribute("reason", status.reason)
          if status.reason == "other" { try xml.markup("remarks", [conclusion.reason]) }
        }
      }
      for slice in evaluated.slices {
        xml.element("related-observation", ["observation-uuid": slice.observation])
      }
      for slice in evaluated.slices {
        for risk in risks(evaluated, slice.result, slice.observation) {
          xml.element("associated-risk", ["risk-uuid": risk.uuid])
        }
      }
    }
  }
}

/// What a verdict is in a finding; nil when there is none, so that nobody reads a control that
/// did not operate as satisfied.
private struct FindingStatus {
  let state: String
  let reason: String
  let title: String

  init?(_ verdict: Verdict) {
    switch verdict {
    case .pass: (state, reason, title) = ("satisfied", "pass", "holds within tolerance")
    case .fail: (state, reason, title) = ("not-satisfied", "fail", "deviates")
    case .insufficientEvidence, .attestationPending:
      (state, reason, title) = ("not-satisfied", "other", verdict.words)
    case .notOperated, .notApplicable: return nil
    }
  }
}
