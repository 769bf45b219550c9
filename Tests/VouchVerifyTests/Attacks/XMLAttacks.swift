import Foundation

/// Changes to the XML documents, by someone who makes totals, manifests and signature anew.
enum XMLAttacks {
  static let all = documents + references + heads + json

  private static let results = "data/xml/assessment-results.xml"
  private static let plan = "data/xml/assessment-plan.xml"
  private static let package = "data/xml/package.xml"

  /// A text replaced in a document.
  private static func replaced(
    _ name: String, _ findings: [String: String], _ path: String = results, _ old: String,
    _ new: String
  ) -> Tamper {
    Tamper(name, .all, findings) {
      try $0.replace(path, old, new)
      try $0.remakeJSON()
    }
  }

  private static let documents: [Tamper] = [
    replaced(
      "a document type declaration", ["xml.dtd": "package.xml"], package, "?>",
      "?><!DOCTYPE package>"),
    replaced(
      "an entity of one's own", ["xml.dtd": "package.xml"], package, "?>",
      "?><!DOCTYPE package [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"),
    replaced(
      "a tag not closed",
      [
        "xml.malformed": "assessment-results.xml"
      ], results, "</back-matter>", ""),
    replaced(
      "a package.xml that is not valid",
      ["package-schema.invalid": "package.xml", "package.verdict": "package.xml"], package,
      "verdict=", "grade="),
    replaced(
      "a schema that refers to another", ["package-schema.schema": "package.xsd"],
      "data/xml/package.xsd",
      "<xs:element name=\"package\">",
      "<xs:import namespace=\"urn:x\" schemaLocation=\"http://example.com/x.xsd\"/><xs:element name=\"package\">"
    ),
    replaced(
      "a schema that takes for ever", ["package-schema.schema": "package.xsd"],
      "data/xml/package.xsd",
      "maxOccurs=\"unbounded\"", "maxOccurs=\"99999999\""),
    replaced(
      "a schema that is none", ["package-schema.schema": "package.xsd"], "data/xml/package.xsd",
      "xs:string", "xs:strung"),
    Tamper(
      "a document left out", .all,
      ["layout.missing": "tsc-catalog.xml", "oscal.dangling": "controls-catalog.xml"]
    ) {
      try $0.remove("data/xml/tsc-catalog.xml")
    },
    Tamper(
      "one document in the place of another", .all,
      [
        "oscal-json.root": "tsc-catalog.json",
        "oscal.root": "tsc-catalog.xml", "oscal.dangling": "controls-catalog.xml",
      ]
    ) {
      try $0.write("data/xml/tsc-catalog.xml", try $0.read(plan))
      try $0.remakeJSON()
    },
    replaced(
      "an element of someone else", ["oscal.foreign": "assessment-results.xml"], results,
      "<title>Tests", "<x xmlns=\"urn:x\"/><title>Tests"),
  ]

  private static func uuid(_ number: Int) -> String { SampleXML.uuid(number) }

  private static let references: [Tamper] = [
    replaced(
      "a finding of an observation that is not there",
      ["oscal.dangling": "assessment-results.xml", "oscal.finding": "assessment-results.xml"],
      results,
      "<related-observation observation-uuid=\"\(uuid(40))\"/></finding>".replacingOccurrences(
        of: "</finding>", with: ""),
      "<related-observation observation-uuid=\"\(uuid(99))\"/>"),
    replaced(
      "a risk that is not there", ["oscal.dangling": "assessment-results.xml"], results,
      "risk-uuid=\"\(uuid(43))\"", "risk-uuid=\"\(uuid(99))\""),
    replaced(
      "evidence that is not there", ["oscal.dangling": "assessment-results.xml"], results,
      "href=\"#\(uuid(50))\"", "href=\"#\(uuid(99))\""),
    replaced(
      "evidence that is a risk", ["oscal.dangling": "assessment-results.xml"], results,
      "href=\"#\(uuid(50))\"", "href=\"#\(uuid(43))\""),
    replaced(
      "a task that is not in the plan", ["oscal.dangling": "assessment-results.xml"], plan,
      "task uuid=\"\(uuid(25))\"", "task uuid=\"\(uuid(98))\""),
    replaced(
      "a tool that is a service", ["oscal.kind": "assessment-results.xml"], results,
      "actor type=\"tool\"", "actor type=\"party\""),
    replaced(
      "a subject that is not there", ["oscal.dangling": "assessment-results.xml"], results,
      "subject-uuid=\"\(uuid(21))\"", "subject-uuid=\"\(uuid(99))\""),
    replaced(
      "two elements with one uuid", ["oscal.duplicate": "assessment-results.xml"], results,
      "entry uuid=\"\(uuid(31))\"", "entry uuid=\"\(uuid(30))\""),
    replaced(
      "two controls with one id", ["oscal.duplicate": "tsc-catalog.xml"],
      "data/xml/tsc-catalog.xml", "<group id=\"tsc\">", "<group id=\"cc6.2\">"),
    replaced(
      "a role that is not there", ["oscal.role": "assessment-results.xml"], results,
      "<responsible-party role-id=\"prepared-by\">", "<responsible-party role-id=\"somebody\">"),
    replaced(
      "a party that is not there", ["oscal.dangling": "assessment-results.xml"], results,
      "<party-uuid>\(uuid(10))", "<party-uuid>\(uuid(99))"),
    replaced(
      "a uuid of version 7", ["oscal.uuid": "assessment-results.xml"], results,
      "entry uuid=\"00000000-0000-5", "entry uuid=\"00000000-0000-7"),
    replaced(
      "a state that does not exist",
      [
        "oscal.value": "assessment-results.xml", "oscal.state": "assessment-results.xml",
      ], results, "state=\"satisfied\"", "state=\"not-tested\""),
    replaced(
      "a failed control that is satisfied", ["oscal.state": "assessment-results.xml"], results,
      "state=\"not-satisfied\"", "state=\"satisfied\""),
    replaced(
      "a prop without namespace", ["oscal.prop": "assessment-results.xml"], results,
      "<prop name=\"byte-size\" ns=\"urn:vouch:ns:oscal:1\"", "<prop name=\"byte-size\""),
    replaced(
      "a kind of resource that does not exist", ["oscal.value": "assessment-plan.xml"], plan,
      "<rlink href=\"../index.html\"/>",
      "<prop name=\"type\" value=\"rumour\"/><rlink href=\"../index.html\"/>"),
    replaced(
      "evidence without a digest", ["oscal.resource": "assessment-results.xml"], results,
      "algorithm=\"SHA-256\"", "algorithm=\"SHA3-256\""),
    Tamper(
      "a digest too short", .all,
      [
        "oscal.hash": "assessment-results.xml", "oscal.digest": "assessment-results.xml",
      ]
    ) {
      let text = try $0.read(results)
      try $0.write(
        results, text.replacing(/SHA-256">[0-9a-f]{4}/, maxReplacements: 1) { _ in "SHA-256\">" })
      try $0.remakeJSON()
    },
    Tamper("the digest of other evidence", .all, ["oscal.digest": "assessment-results.xml"]) {
      let text = try $0.read(results)
      try $0.write(
        results,
        text.replacing(/SHA-256">[0-9a-f]{4}/, maxReplacements: 1) { _ in "SHA-256\">0000" })
      try $0.remakeJSON()
    },
    replaced(
      "another size of evidence", ["oscal.size": "assessment-results.xml"], results,
      "byte-size\" ns=\"urn:vouch:ns:oscal:1\" value=\"",
      "byte-size\" ns=\"urn:vouch:ns:oscal:1\" value=\"1"),
    replaced(
      "evidence somewhere on the net", ["oscal.outside": "assessment-results.xml"], results,
      "rlink href=\"../evidence/jira", "rlink href=\"https://example.com/evidence/jira"),
    replaced(
      "a criterion that does not exist", ["oscal.dangling": "controls-catalog.xml"],
      "data/xml/controls-catalog.xml", "tsc-catalog.xml#cc6.2", "tsc-catalog.xml#cc9.9"),
    replaced(
      "a control without statement", ["oscal.statement": "controls-catalog.xml"],
      "data/xml/controls-catalog.xml", "name=\"statement\"", "name=\"overview\""),
    replaced(
      "a control of no catalogue",
      [
        "oscal.control": "assessment-results.xml", "oscal.unobserved": "assessment-results.xml",
      ], results, "<include-control control-id=\"chg-01\"/>",
      "<include-control control-id=\"chg-01\"/><include-control control-id=\"chg-99\"/>"),
    replaced(
      "a control that is not selected", ["oscal.control": "assessment-results.xml"], results,
      "<include-control control-id=\"iam-04\"/>", ""),
    replaced(
      "an excluded control that is dropped", ["oscal.control": "assessment-results.xml"], results,
      "<exclude-control control-id=\"bkp-02\"/>", ""),
    replaced(
      "another verdict",
      [
        "oscal.check": "assessment-results.xml", "oscal.state": "assessment-results.xml",
      ], results, "name=\"verdict\" ns=\"urn:vouch:ns:oscal:1\" value=\"fail\"",
      "name=\"verdict\" ns=\"urn:vouch:ns:oscal:1\" value=\"pass\""),
    replaced(
      "another population", ["oscal.check": "assessment-results.xml"], results, "value=\"1204\"",
      "value=\"1203\""),
    replaced(
      "a control that did not operate and passes",
      [
        "oscal.check": "assessment-results.xml", "oscal.finding": "assessment-results.xml",
      ], results, "value=\"not_operated\"", "value=\"pass\""),
    replaced(
      "a target of no catalogue", ["oscal.target": "assessment-results.xml"], results,
      "target-id=\"iam-04_obj\"", "target-id=\"iam-99_obj\""),
    replaced(
      "an activity without method", ["oscal.method": "assessment-plan.xml"], plan,
      "<prop name=\"method\" value=\"TEST\"/>", ""),
    replaced(
      "a plan that is not there", ["oscal.dangling": "assessment-results.xml"], results,
      "import-ap href=\"assessment-plan.xml\"", "import-ap href=\"plan.xml\""),
  ]

  private static let heads: [Tamper] = [
    replaced(
      "another state in package.xml", ["package.head": "package.xml"], package, "INCOMPLETE",
      "COMPLETE"),
    replaced(
      "another period in package.xml", ["package.head": "package.xml"], package, "id=\"2026-Q3\"",
      "id=\"2026-Q4\""),
    replaced(
      "another organization in package.xml", ["package.head": "package.xml"], package,
      "Example Shop", "Other Shop"),
    replaced(
      "another verdict in package.xml", ["package.verdict": "package.xml"], package,
      "verdict=\"fail\"", "verdict=\"pass\""),
    replaced(
      "another count in package.xml", ["package.count": "package.xml"], package,
      "population=\"1204\"", "population=\"1\""),
    replaced(
      "another criterion in package.xml", ["package.criterion": "package.xml"], package,
      "id=\"CC1.1\" verdict=\"insufficient_evidence\"", "id=\"CC1.1\" verdict=\"pass\""),
    replaced(
      "a control left out of package.xml", ["package.control": "package.xml"], package,
      "<control id=\"CHG-01\"", "<control id=\"CHG-09\""),
    replaced(
      "another digest in package.xml",
      [
        "package.digest": "package.xml", "package.records": "records.sqlite",
      ], package, "sha256=\"", "sha256=\"0"),
    replaced(
      "another size in package.xml", ["package.size": "package.xml"], package, "size=\"", "size=\"1"
    ),
    replaced(
      "evidence that is not there in package.xml", ["package.file": "package.xml"], package,
      "path=\"data/evidence/jira/", "path=\"data/evidence/jira/0"),
  ]

  private static let json: [Tamper] = [
    Tamper("another verdict in the JSON", .all, ["oscal-json.differs": "assessment-results.json"]) {
      try $0.replace(
        "data/oscal-json/assessment-results.json", "\"value\":\"fail\"", "\"value\":\"pass\"")
    },
    Tamper("another state in the JSON", .all, ["oscal-json.differs": "assessment-results.json"]) {
      try $0.replace(
        "data/oscal-json/assessment-results.json", "\"not-satisfied\"", "\"satisfied\"")
    },
    Tamper("an element added to the JSON", .all, ["oscal-json.differs": "assessment-plan.json"]) {
      try $0.replace(
        "data/oscal-json/assessment-plan.json", "{\"assessment-plan\":{",
        "{\"assessment-plan\":{\"more\":{\"uuid\":\"\(uuid(77))\"},")
    },
    Tamper("JSON that is none", .all, ["oscal-json.malformed": "tsc-catalog.json:1"]) {
      try $0.write("data/oscal-json/tsc-catalog.json", "{")
    },
    Tamper(
      "one JSON document in the place of another", .all, ["oscal-json.root": "tsc-catalog.json"]
    ) {
      try $0.write(
        "data/oscal-json/tsc-catalog.json", try $0.read("data/oscal-json/assessment-plan.json"))
    },
    Tamper("one of the JSON documents left out", .all, ["oscal-json.missing": "tsc-catalog.json"]) {
      try $0.remove("data/oscal-json/tsc-catalog.json")
    },
    Tamper(
      "documents that the package's own schema does not allow", .all,
      [
        "oscal-schemas.invalid": "assessment-results.xml"
      ]
    ) {
      try $0.write(
        "data/xml/oscal-subset.xsd",
        """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
          targetNamespace="http://csrc.nist.gov/ns/oscal/1.0"><xs:element name="catalog"/></xs:schema>
        """)
    },
    Tamper("a schema of OSCAL that is none", .all, ["oscal-schemas.schema": "oscal-subset.xsd"]) {
      try $0.write("data/xml/oscal-subset.xsd", "<schema/>")
    },
  ]
}

extension Sample {
  /// The JSON documents anew from the XML, as far as that is well-formed.
  fileprivate func remakeJSON() throws {
    for name in ["tsc-catalog", "controls-catalog", "assessment-plan", "assessment-results"] {
      if let json = try? SampleJSON.text(of: try read("data/xml/\(name).xml")) {
        try write("data/oscal-json/\(name).json", json)
      }
    }
  }
}
