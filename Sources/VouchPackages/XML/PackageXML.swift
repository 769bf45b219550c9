import VouchModel

/// Writes `package.xml`: the whole package in our own vocabulary (package.xsd), for programs.
///
/// It has no words of its own, only what the package's other parts say, so it is no template; and
/// it has every item that is not true, so it streams.
struct PackageXML {
  private let input: PackageInput
  private let xml: XMLWriter
  /// Characters that were replaced in the documents before this one.
  private let replacedBefore: Int

  private var assessment: Assessment { input.assessment }

  init(_ input: PackageInput, replaced: Int, to sink: any ByteSink) {
    self.input = input
    replacedBefore = replaced
    xml = XMLWriter(sink)
  }

  /// - Returns: characters replaced in all documents.
  func write() throws -> Int {
    xml.declaration()
    try xml.element("package") {
      xml.attribute("xmlns", "urn:vouch:ns:package:1")
      xml.attribute("name", PackageLayout.name(of: assessment))
      xml.attribute("status", assessment.incomplete.isEmpty ? "COMPLETE" : "INCOMPLETE")
      xml.attribute("as-of", assessment.asOf.iso8601)
      xml.attribute("tool-version", input.toolVersion)
      xml.attribute("rules-digest", input.rulesDigest.hex)
      xml.element(
        "period",
        [
          "id": assessment.period.id, "start": assessment.period.start.iso8601,
          "end": assessment.period.end.iso8601,
        ])
      try engagement(assessment.engagement)
      try list("incomplete", assessment.incomplete, incomplete)
      try list("controls", assessment.conclusions, control)
      try list("not-adopted", assessment.notAdopted, notAdopted)
      try list("criteria", assessment.criteria, criterion)
      try list("kpis", assessment.kpis, kpi)
      try list("evidence", assessment.evidence, evidence)
      try list("diagnostics", assessment.diagnostics, diagnostic)
      // Counts itself too, so it stands last.
      xml.start("replaced-characters")
      xml.text(String(replacedBefore + xml.replaced))
      xml.end()
    }
    try xml.flush()
    return replacedBefore + xml.replaced
  }

  private func list<Item>(
    _ name: StaticString, _ items: [Item], _ body: (Item) throws -> Void
  ) throws {
    try xml.element(name) { for item in items { try body(item) } }
  }

  private func texts(_ name: StaticString, _ texts: [String]) {
    for text in texts { xml.element(name, text: text) }
  }

  /// An element that is left out when there is nothing to say.
  private func text(_ name: StaticString, _ text: String) {
    if !text.isEmpty { xml.element(name, text: text) }
  }

  // MARK: Engagement

  private func engagement(_ engagement: Engagement) throws {
    try xml.element("engagement") {
      xml.element("organization", text: engagement.organization)
      xml.element("system", text: engagement.system)
      text("system-description", engagement.systemDescription)
      texts("category", engagement.categories.map(\.rawValue))
      xml.element("zone", text: engagement.zone.identifier)
      text("prepared-by", engagement.preparedBy)
      text("prepared-for", engagement.preparedFor)
      businessHours(engagement)
      for parameter in engagement.parameters {
        xml.start("parameter")
        xml.attribute("name", parameter.name)
        if !parameter.key.isEmpty { xml.attribute("key", parameter.key) }
        if let from = parameter.from { xml.attribute("from", from.iso8601) }
        xml.text(Cell(parameter.value).text)
        xml.end()
      }
      for waiver in engagement.waivers { try self.waiver(waiver) }
      for exclusion in engagement.exclusions {
        xml.start("exclusion")
        xml.attribute("kind", exclusion.kind)
        xml.attribute("thing", exclusion.thing)
        xml.attribute("approver", exclusion.approver)
        xml.text(exclusion.reason)
        xml.end()
      }
      for alias in engagement.aliases.sorted(by: { $0.key < $1.key }) {
        xml.element("alias", ["name": alias.key, "asset": alias.value])
      }
    }
  }

  private func businessHours(_ engagement: Engagement) {
    xml.start("business-hours")
    xml.attribute("days", engagement.businessDays.map(String.init).joined(separator: " "))
    xml.attribute("opens-minute", engagement.opens)
    xml.attribute("closes-minute", engagement.closes)
    texts("holiday", engagement.holidays.map(\.date))
    xml.end()
  }

  private func waiver(_ waiver: Engagement.Waiver) throws {
    try xml.element("waiver") {
      xml.attribute("id", waiver.id)
      xml.attribute("control", waiver.control)
      if !waiver.item.isEmpty { xml.attribute("item", waiver.item) }
      if !waiver.attribute.isEmpty { xml.attribute("attribute", waiver.attribute) }
      xml.attribute("approver", waiver.approver)
      xml.attribute("approved-at", waiver.approvedAt.iso8601)
      xml.attribute("expires-at", waiver.expiresAt.iso8601)
      xml.element("reason", text: waiver.reason)
      xml.element("measure", text: waiver.measure)
    }
  }

  private func incomplete(_ entry: (source: String, text: String, criteria: [String])) throws {
    try xml.element("source") {
      xml.attribute("name", entry.source)
      xml.element("text", text: entry.text)
      texts("criterion", entry.criteria)
    }
  }

  // MARK: Controls

  private func control(_ conclusion: Conclusion) throws {
    let control = conclusion.control
    try xml.element("control") {
      xml.attribute("id", control.id)
      xml.attribute("verdict", conclusion.verdict.rawValue)
      xml.attribute("owner", conclusion.owner)
      xml.attribute("category", control.category.rawValue)
      if !control.also.isEmpty {
        xml.attribute("also", control.also.map(\.rawValue).joined(separator: " "))
      }
      xml.attribute("mode", control.mode.rawValue)
      xml.attribute("automation", control.automation)
      xml.attribute("nature", control.nature)
      xml.attribute("frequency", control.frequency)
      xml.attribute("population", conclusion.population)
      if let digest = input.populationDigests[control.id] {
        xml.attribute("population-digest", digest.hex)
      }
      xml.attribute("deviations", conclusion.deviations)
      xml.attribute("unknown", conclusion.unknown)
      xml.attribute("waived", conclusion.waived)
      xml.attribute("tolerated-deviations", control.tolerance.deviations)
      xml.attribute("tolerated-rate", Cell.real(control.tolerance.rate).text)
      xml.attribute("empty-verdict", control.empty.rawValue)
      if let days = control.maxGapDays { xml.attribute("max-gap-days", days) }
      xml.attribute("file", control.file)
      xml.attribute("file-digest", control.digest.hex)
      xml.element("title", text: control.title)
      xml.element("activity", text: activity(control))
      texts("criterion", control.criteria)
      texts("source-kind", control.sources)
      texts("requires", control.requires.map(\.name))
      try rules(control)
      xml.element("reason", text: conclusion.reason)
      for slice in conclusion.slices { try self.slice(slice, of: control) }
      for gap in conclusion.gaps { try self.gap(gap) }
      text("response", conclusion.response)
      xml.element("means", text: control.means)
      xml.element("fix", text: control.fix)
      if !conclusion.evidence.isEmpty {
        xml.element("evidence-numbers", text: NumberRanges(conclusion.evidence).text)
      }
    }
  }

  private func activity(_ control: Control) -> String {
    let own = assessment.engagement.adoptions.first { $0.control == control.id }?.activity ?? ""
    return own.isEmpty ? control.activity : own
  }

  private func rules(_ control: Control) throws {
    try xml.element("population-rule") {
      xml.attribute("of", control.population.of)
      xml.element("where", text: control.population.where)
      xml.element("sql", text: control.population.sql)
    }
    try xml.element("completeness-rule") {
      xml.element("text", text: control.completeness.text)
      text("sql", control.completeness.sql ?? "")
      text("counts-sql", control.completeness.counts ?? "")
    }
    text("coverage-sql", control.coverage ?? "")
    for attribute in control.attributes {
      try xml.element("attribute") {
        xml.attribute("key", attribute.key)
        xml.attribute("decides", String(attribute.decides))
        xml.attribute("attested", String(attribute.attested))
        xml.element("text", text: attribute.text)
        xml.element("sql", text: attribute.expr)
      }
    }
  }

  private func slice(_ slice: SliceResult, of control: Control) throws {
    try xml.element("slice") {
      xml.attribute("start", slice.slice.start.iso8601)
      xml.attribute("end", slice.slice.end.iso8601)
      xml.attribute("verdict", slice.verdict.rawValue)
      xml.attribute("population", slice.population)
      xml.attribute("deviations", slice.deviations)
      xml.attribute("unknown", slice.unknown)
      xml.attribute("waived", slice.waived)
      xml.element("reason", text: slice.reason)
      for parameter in slice.parameters {
        xml.start("parameter")
        xml.attribute("name", parameter.name)
        if !parameter.key.isEmpty { xml.attribute("key", parameter.key) }
        xml.text(parameter.value)
        xml.end()
      }
      for count in slice.attributes {
        xml.element(
          "count",
          [
            "attribute": count.attribute.key, "true": String(count.true),
            "false": String(count.false), "unknown": String(count.unknown),
          ])
      }
      if let counts = slice.reconciled {
        xml.element(
          "reconciled",
          ["population": String(counts.population), "second": String(counts.second)])
      }
      for difference in slice.differences { try self.difference(difference) }
      for span in slice.coverage {
        xml.element(
          "coverage",
          ["from": span.from.iso8601, "to": span.to.iso8601, "state": span.state.rawValue])
      }
      texts("incompleteness", slice.incompleteness)
      for item in slice.items { try self.item(item) }
    }
  }

  private func difference(_ difference: Difference) throws {
    try xml.element("difference") {
      xml.attribute("item", difference.item)
      xml.element("text", text: difference.text)
      if let explanation = difference.explanation {
        xml.element("explanation", text: explanation)
      }
    }
  }

  private func item(_ item: ItemResult) throws {
    try xml.element("item") {
      xml.attribute("key", item.item)
      xml.attribute("attribute", item.attribute)
      xml.attribute("result", item.result.rawValue)
      xml.attribute("decides", String(item.decides))
      if let waiver = item.waiver { xml.attribute("waiver", waiver) }
      if let evidence = item.evidence { xml.attribute("evidence", evidence) }
      if !item.place.isEmpty { xml.attribute("place", item.place) }
    }
  }

  private func gap(_ gap: Gap) throws {
    try xml.element("gap") {
      xml.attribute("owner", gap.owner)
      if let due = gap.due { xml.attribute("due", due.iso8601) }
      xml.attribute("recoverable", String(gap.isRecoverable))
      xml.element("text", text: gap.text)
      xml.element("action", text: gap.action)
    }
  }

  private func notAdopted(_ control: Control) throws {
    try xml.element("template") {
      xml.attribute("id", control.id)
      xml.element("title", text: control.title)
      texts("criterion", control.criteria)
    }
  }

  // MARK: Criteria, figures, evidence

  private func criterion(_ result: CriterionResult) throws {
    try xml.element("criterion") {
      xml.attribute("id", result.criterion.id)
      xml.attribute("category", result.criterion.category?.rawValue ?? "common")
      xml.attribute("in-scope", String(result.isInScope))
      xml.attribute("automatable", result.criterion.automatable)
      xml.attribute("verdict", result.verdict.rawValue)
      xml.element("title", text: result.criterion.title)
      xml.element("paraphrase", text: result.criterion.paraphrase)
      texts("control", result.controls)
    }
  }

  private func kpi(_ kpi: KPIResult) throws {
    try xml.element("kpi") {
      xml.attribute("id", kpi.id)
      xml.element("title", text: kpi.title)
      xml.element("method", text: kpi.method)
      xml.element("sql", text: kpi.sql)
      text("note", kpi.note)
      for figure in kpi.figures { self.figure(figure) }
    }
  }

  private func figure(_ figure: KPIFigure) {
    xml.start("figure")
    xml.attribute("subject", figure.subject)
    if !figure.measure.isEmpty { xml.attribute("measure", figure.measure) }
    if let value = figure.value { xml.attribute("value", Cell.real(value).text) }
    xml.attribute("unit", figure.unit)
    if let target = figure.target { xml.attribute("target", Cell.real(target).text) }
    if let meets = figure.meets { xml.attribute("meets", String(meets)) }
    xml.end()
  }

  private func evidence(_ row: EvidenceRow) throws {
    let provenance = row.provenance
    let path = PackageLayout.evidence(row)
    try xml.element("file") {
      xml.attribute("number", row.evidence)
      xml.attribute("path", path)
      xml.attribute("sha256", row.digest.hex)
      xml.attribute("size", row.size)
      xml.attribute("format", row.format)
      xml.attribute("complete", String(row.isComplete))
      xml.attribute("records", row.recordCount)
      optional("reported-total", row.reportedTotal)
      optional("effective-at", row.effectiveAt)
      optional("covers-from", row.coversFrom)
      optional("covers-to", row.coversTo)
      xml.attribute("collected-at", provenance.collectedAt.iso8601)
      optional("received-at", provenance.receivedAt)
      xml.attribute("transport", provenance.transport)
      optional("page", provenance.page)
      if provenance.page != nil { xml.attribute("last-page", String(provenance.isLastPage)) }
      xml.element("source", text: provenance.source)
      xml.element("name", text: provenance.name)
      xml.element("endpoint", text: provenance.endpoint)
      text("query", provenance.query)
      for parameter in provenance.parameters.sorted(by: { $0.key < $1.key }) {
        xml.start("parameter")
        xml.attribute("name", parameter.key)
        xml.text(parameter.value)
        xml.end()
      }
      text("operator", provenance.operator)
      text("host", provenance.host)
      text("collector", provenance.collector)
      text("listing", provenance.listing ?? "")
      text("partial", provenance.partial ?? "")
    }
  }

  private func optional(_ name: StaticString, _ value: Instant?) {
    if let value { xml.attribute(name, value.iso8601) }
  }

  private func optional(_ name: StaticString, _ value: Int?) {
    if let value { xml.attribute(name, value) }
  }

  private func diagnostic(_ diagnostic: Diagnostic) throws {
    try xml.element("diagnostic") {
      xml.attribute("id", diagnostic.id)
      xml.attribute("severity", diagnostic.severity.rawValue)
      if !diagnostic.at.isEmpty { xml.attribute("at", diagnostic.at) }
      xml.element("text", text: diagnostic.text)
      text("why", diagnostic.why)
      text("fix", diagnostic.fix)
    }
  }
}
