import VouchCollectors
import VouchControls
import VouchModel

/// The JSON Schemas of `vouch.yaml` and of control files, for completion and errors in editors.
///
/// They are made from the controls, parameters, record types and formats that the program knows,
/// and a test holds their keys against those that the loaders look for.
public enum FileSchemas {
  /// The schema of `vouch.yaml`.
  public static func configuration(_ library: ControlLibrary) -> String {
    document(
      "vouch.yaml: whose controls are evaluated, over which period, from which sources",
      configurationNode(library))
  }

  /// The schema of `templates/controls/AREA/ID.yaml`.
  public static func control(_ library: ControlLibrary) -> String {
    document("a control: what is counted, and what each item must show", controlNode(library))
  }

  static func document(_ title: String, _ node: SchemaNode) -> String {
    guard case .object(let parts) = node.tree else { return "" }
    let head: [(String, JSONTree)] = [
      ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
      ("title", .text(title)),
    ]
    return JSONTree.object(head + parts).written() + "\n"
  }

  /// A day or an instant: quoted or not, YAML tools hand it over as a text.
  static let date = SchemaNode.text(
    "a day or an instant: 2026-07-01 or 2026-07-01T08:00:00Z",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}")
  static let zone = SchemaNode.text(
    "a time zone", examples: ["UTC", "Europe/Berlin", "America/New_York"])

  public static func configurationKeys(_ library: ControlLibrary) -> Set<String> {
    configurationNode(library).keys()
  }

  private static func configurationNode(_ library: ControlLibrary) -> SchemaNode {
    .object(
      "",
      [
        .required("organization", organization),
        .required("system", system),
        .required(
          "zone",
          .text(
            "days begin at midnight in this zone: UTC, Europe/Berlin",
            examples: ["UTC", "Europe/Berlin"])),
        .required(
          "period",
          .text(
            "2026-Q3, 2026-H1, 2026-07, 2026, or 2026-07-01..2026-10-01 (the right side is the first day after it)"
          )),
        .optional("as_of", date),
        .optional(
          "categories",
          .list(
            "trust services categories of the report; security is always part of it",
            of: .word("", of: Category.allCases.map(\.rawValue)), single: true)),
        .optional("business_hours", businessHours),
        .optional("holidays", .list("days that are no business days", of: date, single: true)),
        .optional("controls", controls(library)),
        .optional("parameters", parameters(library)),
        .optional("waivers", .list("waivers, each with approver and end", of: waiver)),
        .optional(
          "exclusions", .list("what is scoped out, or a difference that is in order", of: exclusion)
        ),
        .optional(
          "aliases",
          .map("other names of machines: the name a tool uses, then the asset", of: .text(""))),
        .optional(
          "sources",
          .map("where exports come from, each by a name of your choice", of: SourceSchema.source)),
        .optional(
          "signing", .object("", [.optional("key", .text("SSH key of 'vouch bundle --signed'"))])),
        .optional("schemas", .text("folder with NIST's OSCAL schemas")),
        .optional(
          "secrets",
          .object(
            "what 'vouch bundle' does about secrets that it finds in the evidence",
            [
              .optional(
                "policy",
                .word(
                  "refuse: stop the package; declare: pack and say so; redact: pack copies without them",
                  of: SecretsPolicy.Policy.allCases.map(\.rawValue))),
              .optional(
                "allow",
                .list(
                  "files that are packed although something was found in them",
                  of: .object(
                    "",
                    [
                      .required("sha256", .text("at least twelve digits of the file's digest")),
                      .required("reason", .text("why it may leave the house")),
                      .required("approver", .text("who says so")),
                    ]))),
            ])),
        .optional("language", .text("language of the package's words: en, de")),
        .optional("requests", .text("the auditor's request list, a CSV in the workspace")),
        .optional("publishing", PublishingSchema.publishing),
      ])
  }

  private static let organization = SchemaNode.object(
    "whose controls these are",
    [
      .required("name", .text("leads on every page of the package")),
      .optional(
        "slug", .text("first part of the package's name; made from the name when left out")),
      .optional("prepared_by", .text("who prepares the package")),
      .optional("prepared_for", .text("the CPA firm")),
    ])

  private static let system = SchemaNode.object(
    "the system under examination",
    [
      .required("name", .text("name of the system")),
      .optional("description", .text("what it does and for whom")),
    ])

  private static let businessHours = SchemaNode.object(
    "business hours of tickets and service levels",
    [
      .optional(
        "days",
        .list(
          "", of: .word("", of: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), single: true)),
      .optional("open", .text("\"09:00\"", pattern: "^[0-9]{1,2}:[0-9]{2}$")),
      .optional("close", .text("\"17:00\"", pattern: "^[0-9]{1,2}:[0-9]{2}$")),
    ])

  private static func controls(_ library: ControlLibrary) -> SchemaNode {
    .map(
      "the controls you adopt; a control that is not listed counts nowhere",
      of: .object(
        "",
        [
          .required("owner", .text("person who answers for it, as in your roster")),
          .optional("activity", .text("how you really do it, in your own words")),
          .optional("response", .text("management's response to the deviations of this period")),
        ]),
      known: library.files.map { ($0.control.id, $0.control.title) }, isClosed: true)
  }

  private static func parameters(_ library: ControlLibrary) -> SchemaNode {
    var names: [String] = []
    for parameter in library.defaults where !names.contains(parameter.name) {
      names.append(parameter.name)
    }
    let step = SchemaNode.object(
      "",
      [
        .optional("from", date),
        .required("value", .anything("the value from that day on")),
      ])
    return .map(
      "your own thresholds; left out: the defaults of templates/parameters.yaml",
      of: .either("", [.list("values by date", of: step), .anything("")]),
      known: names.map { ($0, "") }, isClosed: true)
  }

  private static let waiver = SchemaNode.object(
    "",
    [
      .required("id", .text("name of the waiver")),
      .required("control", .text("the control it waives", examples: ["VM-02"])),
      .optional(
        "item", .text("the item's key as 'vouch check --format json' prints it; left out: all")),
      .optional("attribute", .text("letter of the attribute; left out: all")),
      .required("reason", .text("why it is accepted")),
      .optional("measure", .text("what limits the risk meanwhile")),
      .required("approver", .text("who approved it")),
      .required("approved_at", date),
      .required("expires_at", date),
    ])

  private static let exclusion: SchemaNode = {
    let kinds = ["control", "asset", "source", "difference", "service", "person"]
    return .object(
      "",
      kinds.map { .optional($0, .text("the \($0) that is excluded")) } + [
        .required("reason", .text("why")),
        .required("approver", .text("who approved it")),
      ],
      rules: [.object([("anyOf", .list(kinds.map(requires)))])])
  }()

  static func requires(_ key: String) -> JSONTree {
    .object([("required", .list([.text(key)]))])
  }
}
