import VouchControls
import VouchModel

extension FileSchemas {
  public static func controlKeys(_ library: ControlLibrary) -> Set<String> {
    controlNode(library).keys()
  }

  static func controlNode(_ library: ControlLibrary) -> SchemaNode {
    .object(
      "",
      [
        .required("id", .text("area, hyphen, two digits: VM-02", pattern: "^[A-Z]{2,4}-[0-9]{2}$")),
        .required("title", .text("in a few words")),
        .required("activity", .text("what is done, by whom, how often")),
        .required("category", .word("", of: Category.allCases.map(\.rawValue))),
        .optional(
          "also",
          .list(
            "further categories", of: .word("", of: Category.allCases.map(\.rawValue)), single: true
          )),
        .required(
          "criteria",
          .list("criteria it addresses", of: .word("", of: Criterion.ids), single: true)),
        .required("automation", .text("full, partial, manual")),
        .required("nature", .text("preventive, detective, corrective")),
        .required("frequency", .text("per_event, continuous, daily, ..., annual")),
        .optional("sources", .list("kinds of tools that feed it", of: .text(""), single: true)),
        .optional(
          "requires",
          .list(
            "record types without which nothing can be concluded",
            of: .word("", of: RecordType.all.map(\.name)), single: true)),
        .required(
          "population",
          .object(
            "what is counted",
            [
              .required("of", .text("the record types")),
              .required("where", .text("which of them, in words")),
              .required(
                "sql", .text("SELECT with item, evidence, place and what the attributes use")),
            ])),
        .required("completeness", completeness),
        .optional("mode", .word("", of: Control.Mode.allCases.map(\.rawValue))),
        .required("attributes", .list("lettered sentences about each item", of: attribute)),
        .optional(
          "tolerance",
          .object(
            "never hides a deviation",
            [
              .optional("deviations", .integer("how many may deviate")),
              .optional("rate", .number("which share may deviate, from 0 to below 1")),
            ])),
        .optional(
          "empty",
          .word("verdict when the population has no item", of: Verdict.allCases.map(\.rawValue))),
        .optional("max_gap_days", .integer("longest time without evidence")),
        .optional("coverage", .text("SELECT at: when there was evidence")),
        .required("means", .text("what a deviation means")),
        .required("fix", .text("what to do about it")),
        .optional("seed", .anything("ids of the evaluation's planted cases")),
        .optional("examples", .list("documentation and test in one", of: example(library))),
      ])
  }

  private static let completeness = SchemaNode.object(
    "what the population is held against",
    [
      .required("text", .text("in words")),
      .optional("sql", .text("SELECT item, difference; no row: reconciled")),
      .optional("counts", .text("SELECT population, second")),
      .optional(
        "by_construction", .flag("the calendar or vouch.yaml makes the population")),
    ])

  private static let attribute = SchemaNode.object(
    "",
    [
      .required("key", .text("one capital letter", pattern: "^[A-Z]$")),
      .required("text", .text("the sentence")),
      .required("expr", .text("SQL: true, false (a deviation) or NULL (unknown)")),
      .optional("decides", .flag("false: informs only")),
      .optional("attested", .flag("a person has to state it")),
    ])

  private static func example(_ library: ControlLibrary) -> SchemaNode {
    .object(
      "",
      [
        .required("name", .text("the fact that it shows")),
        .optional("period", .text("default: 2026-Q3")),
        .optional("as_of", date),
        .optional("given", given),
        .optional("parameters", .map("thresholds in force", of: .anything(""))),
        .optional(
          "verdict", .word("default: insufficient_evidence", of: Verdict.allCases.map(\.rawValue))),
        .optional("deviations", .list("", of: pair)),
        .optional("unknown", .list("", of: pair)),
      ])
  }

  private static let pair = SchemaNode.object(
    "", [.required("item", .text("the item's key")), .required("attribute", .text("its letter"))])

  private static let given = SchemaNode.map(
    "records by type", of: .list("", of: .map("", of: .anything(""))),
    known: RecordType.all.map { ($0.name, $0.doc) })
}
