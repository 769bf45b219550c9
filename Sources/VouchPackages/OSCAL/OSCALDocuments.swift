import VouchModel

/// Writes the four OSCAL documents of a package, and checks each before anybody gets it.
struct OSCALDocuments {
  let context: OSCALContext
  let bag: BagWriter
  let validation: Validation

  /// Writes everything under `data/xml/` that is OSCAL, and its JSON.
  ///
  /// - Parameter populations: by control, what its population's CSV holds.
  /// - Returns: how many observations there are.
  func write(populations: [String: PopulationSummary]) throws -> Int {
    var defined: [String: OSCALReferences.Defined] = [:]
    let tsc = try bag.add(PackageLayout.tscCatalog, text: try context.tscCatalog())
    defined["tsc-catalog.xml"] = try check(tsc, defined)
    let catalog = try bag.add(PackageLayout.controlsCatalog, text: try context.controlsCatalog())
    defined["controls-catalog.xml"] = try check(catalog, defined)
    let description = try bag.add(PackageLayout.systemDescription, text: systemDescription)
    let plan = try bag.add(
      PackageLayout.assessmentPlan,
      text: try context.assessmentPlan(description: description, catalog: catalog))
    defined["assessment-plan.xml"] = try check(plan, defined)
    let results = AssessmentResults(context, files: bag.entries, populations: populations)
    let file = try bag.stream(PackageLayout.assessmentResults)
    try results.write(to: file)
    _ = try check(try file.close(), defined)
    for (path, json) in PackageLayout.oscalJSON { try writeJSON(of: path, to: json) }
    return results.observations
  }

  private var systemDescription: String {
    let engagement = context.assessment.engagement
    let lines = [engagement.system, ""] + OSCALContext.lines(engagement.systemDescription)
    return lines.map { XMLText.line($0) + "\n" }.joined()
  }

  private func check(
    _ entry: BagWriter.Entry, _ others: [String: OSCALReferences.Defined]
  ) throws -> OSCALReferences.Defined {
    let references = OSCALReferences(others: others, files: bag.entries)
    try validation.check(
      "\(bag.folder)/\(entry.path)", as: entry.path, kind: .oscal, visitor: references)
    references.finish()
    try Validation.refuse(references.faults, in: entry.path)
    return references.defined
  }

  private func writeJSON(of xml: String, to json: String) throws {
    let file = try bag.stream(json)
    try OSCALJSON.write("\(bag.folder)/\(xml)", to: file)
    try file.close()
  }
}
