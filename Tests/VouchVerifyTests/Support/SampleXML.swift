/// The XML documents of the sample package, written out by hand.
enum SampleXML {
  static func documents(evidence: [SampleEvidence], rule: String) -> [(String, String)] {
    [
      ("tsc-catalog.xml", tscCatalog), ("controls-catalog.xml", controlsCatalog),
      ("assessment-plan.xml", plan), ("assessment-results.xml", results(evidence)),
      ("package.xml", package(evidence, rule)), ("package.xsd", schema),
    ]
  }

  /// A uuid of version 5 in form; which one is told by the number.
  static func uuid(_ number: Int) -> String {
    let digits = String(number)
    return "00000000-0000-5000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  private static let oscal = "xmlns=\"http://csrc.nist.gov/ns/oscal/1.0\""
  private static let ns = "ns=\"urn:vouch:ns:oscal:1\""

  private static func metadata(_ title: String, _ more: String = "") -> String {
    """
    <metadata><title>\(title)</title><last-modified>2026-10-01T00:00:00Z</last-modified>
    <version>1</version><oscal-version>1.2.1</oscal-version>\(more)</metadata>
    """
  }

  private static let people = """
    <role id="prepared-by"><title>Prepared by</title></role>
    <party uuid="\(uuid(10))" type="organization"><name>Example Shop Inc.</name></party>
    <responsible-party role-id="prepared-by"><party-uuid>\(uuid(10))</party-uuid></responsible-party>
    """

  private static func control(_ id: String, link: String = "") -> String {
    """
    <control id="\(id)"><title>\(id)</title><prop name="label" value="\(id)"/>\(link)
    <part id="\(id)_smt" name="statement"><p>What is done.</p></part>
    <part id="\(id)_obj" name="assessment-objective"><p>What is decided.</p></part></control>
    """
  }

  private static let tscCatalog = """
    <?xml version="1.0" encoding="UTF-8"?>
    <catalog \(oscal) uuid="\(uuid(1))">\(metadata("Criteria"))
    <group id="tsc"><title>Criteria</title>
    \(["a1.2", "cc6.2", "cc7.5", "cc8.1"].map { control($0) }.joined(separator: "\n"))
    </group></catalog>

    """

  private static let criteria = [
    "bkp-02": "a1.2", "chg-01": "cc8.1", "iam-04": "cc6.2", "inc-04": "cc7.5",
  ]

  private static let controlsCatalog = """
    <?xml version="1.0" encoding="UTF-8"?>
    <catalog \(oscal) uuid="\(uuid(2))">\(metadata("Controls"))
    <group id="org"><title>Controls</title>
    \(criteria.sorted { $0.key < $1.key }.map {
      control($0.key, link: "<link href=\"tsc-catalog.xml#\($0.value)\" rel=\"criterion\"/>")
    }.joined(separator: "\n"))
    </group></catalog>

    """

  private static let plan = """
    <?xml version="1.0" encoding="UTF-8"?>
    <assessment-plan \(oscal) uuid="\(uuid(3))">\(metadata("Plan", people))
    <import-ssp href="#\(uuid(20))"/>
    <local-definitions>
    <component uuid="\(uuid(21))" type="service"><title>Directory</title>
    <description><p>Accounts.</p></description><status state="operational"/></component>
    <activity uuid="\(uuid(22))"><title>Test</title><description><p>Compare.</p></description>
    <prop name="method" value="TEST"/></activity>
    </local-definitions>
    <reviewed-controls><control-selection><include-control control-id="chg-01"/>
    <include-control control-id="iam-04"/><include-control control-id="inc-04"/>
    </control-selection></reviewed-controls>
    <assessment-assets><component uuid="\(uuid(23))" type="software"><title>Vouch</title>
    <description><p>Tool.</p></description><status state="operational"/></component>
    <assessment-platform uuid="\(uuid(24))"><title>Host</title>
    <uses-component component-uuid="\(uuid(23))"/></assessment-platform></assessment-assets>
    <task uuid="\(uuid(25))" type="action"><title>Run</title>
    <associated-activity activity-uuid="\(uuid(22))"><subject type="component">
    <include-subject subject-uuid="\(uuid(21))" type="component"/></subject></associated-activity></task>
    <back-matter><resource uuid="\(uuid(20))"><title>Description of the system</title>
    <rlink href="../index.html"/></resource></back-matter>
    </assessment-plan>

    """

  private static func observation(
    _ number: Int, _ id: String, _ verdict: String, _ population: Int, resource: Int
  ) -> String {
    """
    <observation uuid="\(uuid(number))"><title>\(id)</title><description><p>Tested.</p></description>
    <prop name="control" \(ns) value="\(id)"/><prop name="verdict" \(ns) value="\(verdict)"/>
    <prop name="population-size" \(ns) value="\(population)"/>
    <prop name="exception-count" \(ns) value="\(verdict == "fail" ? 1 : 0)"/>
    <method>TEST</method><type>control-objective</type>
    <origin><actor type="tool" actor-uuid="\(uuid(23))"/><related-task task-uuid="\(uuid(25))"/></origin>
    <subject subject-uuid="\(uuid(21))" type="component"/>
    <relevant-evidence href="#\(uuid(resource))"><description><p>Population.</p></description></relevant-evidence>
    <collected>2026-09-01T06:00:00Z</collected></observation>
    """
  }

  private static func finding(
    _ number: Int, _ id: String, _ state: String, observation: Int, risk: String = ""
  ) -> String {
    """
    <finding uuid="\(uuid(number))"><title>\(id)</title><description><p>Found.</p></description>
    <origin><actor type="tool" actor-uuid="\(uuid(23))"/></origin>
    <target type="objective-id" target-id="\(id)_obj"><status state="\(state)"/></target>
    <related-observation observation-uuid="\(uuid(observation))"/>\(risk)</finding>
    """
  }

  private static func results(_ evidence: [SampleEvidence]) -> String {
    let resources = evidence.enumerated().map { index, file in
      """
      <resource uuid="\(uuid(50 + index))"><title>Evidence \(index)</title>
      <prop name="type" value="evidence"/><prop name="byte-size" \(ns) value="\(file.size)"/>
      <rlink href="../\(file.path.dropFirst(5))"><hash algorithm="SHA-256">\(file.digest)</hash></rlink></resource>
      """
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <assessment-results \(oscal) uuid="\(uuid(4))">\(metadata("Results", people))
      <import-ap href="assessment-plan.xml"/>
      <result uuid="\(uuid(30))"><title>Tests</title><description><p>Four controls.</p></description>
      <start>2026-09-01T06:00:00Z</start><end>2026-09-05T06:00:00Z</end>
      <reviewed-controls><control-selection><include-control control-id="chg-01"/>
      <include-control control-id="iam-04"/><include-control control-id="inc-04"/>
      <exclude-control control-id="bkp-02"/></control-selection></reviewed-controls>
      <assessment-log><entry uuid="\(uuid(31))"><start>2026-09-01T06:00:00Z</start>
      <logged-by party-uuid="\(uuid(10))" role-id="prepared-by"/>
      <related-task task-uuid="\(uuid(25))"/></entry></assessment-log>
      \(observation(40, "chg-01", "pass", 3, resource: 50))
      \(observation(41, "iam-04", "fail", 1204, resource: 51))
      \(observation(42, "inc-04", "not_operated", 0, resource: 52))
      <risk uuid="\(uuid(43))"><title>Late</title><description><p>Late.</p></description>
      <statement><p>Access stayed.</p></statement><status>open</status>
      <related-observation observation-uuid="\(uuid(41))"/></risk>
      \(finding(44, "chg-01", "satisfied", observation: 40))
      \(finding(45, "iam-04", "not-satisfied", observation: 41,
        risk: "<associated-risk risk-uuid=\"\(uuid(43))\"/>"))
      </result>
      <back-matter>\(resources.joined(separator: "\n"))</back-matter>
      </assessment-results>

      """
  }

  private static func package(_ evidence: [SampleEvidence], _ rule: String) -> String {
    let controls = SampleCheck.controls.map { control in
      let file =
        control.id == "IAM-04"
        ? "file=\"templates/controls/IAM-04.yaml\" file-digest=\"\(rule)\"" : ""
      return """
        <control id="\(control.id)" verdict="\(control.verdict)" population="\(control.population)" \
        deviations="\(control.deviations)" unknown="\(control.unknown)" waived="\(control.waived)" \(file)/>
        """
    }
    let criteria = SampleCheck.criteria.map {
      "<criterion id=\"\($0.id)\" verdict=\"\($0.verdict)\"/>"
    }
    let files = evidence.map {
      """
      <file number="\($0.number)" path="\($0.path)" sha256="\($0.digest)" size="\($0.size)" \
      records="\($0.records)"/>
      """
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <package xmlns="urn:vouch:ns:package:1" name="\(Sample.name)" status="INCOMPLETE" \
      as-of="2026-10-01T00:00:00Z" rules-digest="\(String(repeating: "ab", count: 32))">
      <period id="2026-Q3" start="2026-07-01T00:00:00Z" end="2026-10-01T00:00:00Z"/>
      <engagement><organization>Example Shop Inc.</organization></engagement>
      <controls>\(controls.joined(separator: "\n"))</controls>
      <criteria>\(criteria.joined(separator: "\n"))</criteria>
      <evidence>\(files.joined(separator: "\n"))</evidence>
      </package>

      """
  }

  private static let schema = """
    <?xml version="1.0" encoding="UTF-8"?>
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:vouch:ns:package:1"
      targetNamespace="urn:vouch:ns:package:1" elementFormDefault="qualified">
    <xs:element name="package"><xs:complexType><xs:sequence>
    <xs:element name="period" type="any"/>
    <xs:element name="engagement"><xs:complexType><xs:sequence>
    <xs:element name="organization" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
    <xs:element name="controls"><xs:complexType><xs:sequence>
    <xs:element name="control" maxOccurs="unbounded"><xs:complexType>
    <xs:attribute name="id" type="xs:string" use="required"/>
    <xs:attribute name="verdict" type="xs:string" use="required"/>
    <xs:anyAttribute processContents="skip"/></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="criteria"><xs:complexType><xs:sequence>
    <xs:element name="criterion" type="any" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
    <xs:element name="evidence"><xs:complexType><xs:sequence>
    <xs:element name="file" type="any" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
    </xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element>
    <xs:complexType name="any"><xs:anyAttribute processContents="skip"/></xs:complexType>
    </xs:schema>

    """
}
