import VouchModel

/// The files that observations name, with their digests.
extension AssessmentResults {
  func resourceList(_ xml: XMLWriter) throws {
    var written: Set<String> = []
    for row in context.assessment.evidence {
      let path = PackageLayout.evidence(row)
      guard written.insert(path).inserted else { continue }
      try resource(path, title: row.provenance.name, type: "evidence", rows: nil, xml)
    }
    for control in controls {
      let id = control.conclusion.control.id
      guard let population = populations[id] else { continue }
      try resource(
        PackageLayout.population(id), title: "Population of \(id)", type: "artifact",
        rows: population.rows, xml)
    }
    try resource(
      PackageLayout.evidenceIndex, title: "Evidence index", type: "artifact",
      rows: context.assessment.evidence.count, xml)
    try resource(
      PackageLayout.deviations, title: "Deviations", type: "artifact", rows: nil, xml)
    try xml.flush()
  }

  private func resource(
    _ path: String, title: String, type: String, rows: Int?, _ xml: XMLWriter
  ) throws {
    guard let file = files[path] else { return }
    try xml.element("resource") {
      xml.attribute("uuid", context.resource(path))
      xml.element("title", text: XMLText.isBlank(title) ? path : title, as: .line)
      xml.element("prop", ["name": "type", "value": type])
      xml.prop("byte-size", String(file.size))
      if let rows { xml.prop("row-count", String(rows)) }
      try xml.element("rlink") {
        xml.attribute("href", OSCALContext.href(path))
        if let type = MediaType.of(path) { xml.attribute("media-type", type) }
        xml.start("hash")
        xml.attribute("algorithm", "SHA-256")
        xml.text(file.digest.hex)
        xml.end()
      }
    }
  }
}
