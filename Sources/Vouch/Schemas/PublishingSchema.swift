import VouchModel
import VouchPackages

/// `publishing:` of `vouch.yaml`, as ``PublicationReader`` reads it.
enum PublishingSchema {
  static let publishing = SchemaNode.object(
    "what the public summary says beside the figures ('vouch publish')",
    [
      .optional("url", .text("where the page will be", pattern: "^https://")),
      .optional("language", .text("language of the page: en, de; left out: that of the package")),
      .optional("description", .text("what the system does; left out: system.description")),
      .optional("boundaries", .text("what belongs to the system and what does not")),
      .optional("services", .list("services whose uptime is shown", of: service)),
      .optional("commitments", .list("what is promised to customers", of: .text(""), single: true)),
      .optional(
        "themes",
        .list("what the controls are about; left out: the areas of the adopted ones", of: theme)),
      .optional("contact", contact("who answers questions about the page")),
      .optional("vulnerability_reports", contact("where to report a vulnerability")),
      .optional("report", report),
      .optional("minimum_count", .integer("figures that rest on fewer cases are not shown: 5")),
      .optional(
        "valid_days", .integer("days after the last one the figures speak of: 120")),
      .optional(
        "approved_terms",
        .list(
          "ordinary words that may stand in the texts although the evidence has them as a name",
          of: .text(""), single: true)),
      .optional(
        "approver",
        .list("who may approve, \"Name, role\"; left out: anybody", of: .text(""), single: true)),
    ])

  private static let service = SchemaNode.object(
    "",
    [
      .required("id", .text("as in the register of services")),
      .required("name", .text("name for customers")),
      .optional("description", .text("what customers do with it")),
    ])

  private static let theme = SchemaNode.object(
    "",
    [
      .required("title", .text("what a group of controls is about")),
      .optional("text", .text("what they are about, in words for customers")),
      .required(
        "areas",
        .list("areas of its controls: the letters before the hyphen", of: .text(""), single: true)),
    ])

  private static func contact(_ text: String) -> SchemaNode {
    .object(
      text,
      [
        .optional("text", .text("a sentence in front")),
        .optional("email", .text("mail address")),
        .optional("url", .text("address", pattern: "^https://")),
      ])
  }

  private static let report = SchemaNode.object(
    "the plain fact of a CPA firm's report; silent before its date and after twelve months",
    [
      .required("type", .word("", of: Publication.Report.Kind.allCases.map(\.rawValue))),
      .optional("auditor", .text("the firm")),
      .optional("period_start", FileSchemas.date),
      .required("period_end", FileSchemas.date),
      .required("date", FileSchemas.date),
      .required(
        "opinion",
        .word("modified: the page says so", of: Publication.Report.Opinion.allCases.map(\.rawValue))
      ),
      .optional(
        "categories",
        .list(
          "categories of the report", of: .word("", of: Category.allCases.map(\.rawValue)),
          single: true)),
      .optional("available", .text("how to get it: under an agreement of confidentiality from …")),
    ])
}
