import VouchModel

extension OSCALContext {
  /// The 61 criteria: the same for everybody, so its identifier does not know the engagement.
  func tscCatalog() throws -> String {
    let criteria = assessment.criteria.map(\.criterion)
    let content = criteria.flatMap { [$0.id, $0.title, $0.paraphrase] }.joined(separator: "\n")
    let version = Digest.sha256(content).short
    let groups = Self.series.compactMap { series -> [String: Any]? in
      let own = criteria.filter { $0.id.prefix { $0 != "." } == series.id }
      if own.isEmpty { return nil }
      return [
        "id": series.id.lowercased(), "label": series.id, "title": series.title,
        "criteria": own.map(criterion),
      ]
    }
    return try templates.render(
      "tsc-catalog.xml",
      [
        "uuid": OSCALIdentifiers(engagement: "vouch").uuid("document", "tsc-catalog", version),
        "version": version, "oscal_version": OSCAL.version, "ns": OSCAL.namespace,
        "groups": groups,
      ])
  }

  private func criterion(_ criterion: Criterion) -> [String: Any] {
    [
      "id": Self.token(criterion.id), "label": line(criterion.id), "title": line(criterion.title),
      "category": criterion.category?.rawValue ?? "common",
      "paraphrase": line(criterion.paraphrase),
    ]
  }

  /// Our words for the series of criteria.
  private static let series: [(id: String, title: String)] = [
    ("CC1", "Control environment"), ("CC2", "Communication and information"),
    ("CC3", "Risk assessment"), ("CC4", "Monitoring of controls"),
    ("CC5", "Choice and design of control activities"), ("CC6", "Logical and physical access"),
    ("CC7", "System operations"), ("CC8", "Change management"), ("CC9", "Risk mitigation"),
    ("A1", "Availability"), ("C1", "Confidentiality"), ("PI1", "Processing integrity"),
    ("P1", "Privacy: notice"), ("P2", "Privacy: choice and consent"),
    ("P3", "Privacy: collection"), ("P4", "Privacy: use, retention, disposal"),
    ("P5", "Privacy: access"), ("P6", "Privacy: disclosure and notification"),
    ("P7", "Privacy: quality"), ("P8", "Privacy: monitoring and enforcement"),
  ]

  /// The organisation's own controls with the criteria they address.
  func controlsCatalog() throws -> String {
    var values = values(document: "controls-catalog")
    let activities = Dictionary(
      assessment.engagement.adoptions.map { ($0.control, $0.activity) },
      uniquingKeysWith: { first, _ in first })
    values["has_controls"] = !assessment.conclusions.isEmpty
    values["controls"] = assessment.conclusions.map { conclusion -> [String: Any] in
      let control = conclusion.control
      let own = activities[control.id] ?? ""
      return [
        "token": Self.token(control.id), "label": line(control.id), "title": line(control.title),
        "criteria": control.criteria.map(Self.token),
        "statement": paragraphs(own.isEmpty ? control.activity : own),
        "attributes": control.attributes.map {
          ["key": line($0.key), "text": line($0.text), "decides": $0.decides] as [String: Any]
        },
      ]
    }
    return try templates.render("controls-catalog.xml", values)
  }

  /// Systems in scope, procedures, and who prepares for whom.
  ///
  /// - Parameters:
  ///   - description: the file with management's description of the system.
  ///   - catalog: the catalogue of the organisation's controls.
  func assessmentPlan(description: BagWriter.Entry, catalog: BagWriter.Entry) throws -> String {
    var values = values(document: "assessment-plan")
    let names = Set(assessment.evidence.map(\.provenance.source)).sorted()
    values["controls"] = included.map(control)
    values["system"] = line(assessment.engagement.system)
    values["system_uuid"] = system
    values["sources"] = names.map { ["uuid": source($0), "name": line($0)] }
    values["tool_uuid"] = tool
    values["tool_version"] = line(input.toolVersion)
    values["platform_uuid"] = identifiers.uuid("platform", "vouch-host")
    values["description_uuid"] = resource("system-description")
    values["description_href"] = Self.href(description.path)
    values["description_digest"] = description.digest.hex
    values["catalog_uuid"] = resource("controls-catalog")
    values["catalog_href"] = Self.href(catalog.path)
    values["catalog_digest"] = catalog.digest.hex
    return try templates.render("assessment-plan.xml", values)
  }

  /// A file of the package as seen from `data/xml/`.
  static func href(_ path: String) -> String {
    let own = "data/xml/"
    if path.hasPrefix(own) { return XMLText.href(String(path.dropFirst(own.count))) }
    return XMLText.href("../" + path.dropFirst("data/".count))
  }
}
