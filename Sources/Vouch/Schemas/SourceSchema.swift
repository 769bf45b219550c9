import VouchCollectors
import VouchModel

/// The schema of one source: transport and format.
enum SourceSchema {
  static let source = SchemaNode.object(
    "",
    [
      .optional(
        "file",
        .list(
          "patterns of files, relative to the workspace; archives (.zip, .gz) are opened",
          of: .text("", examples: ["evidence/inbox/nessus/*.nessus"]), single: true)),
      .optional("command", command),
      .optional("http", http),
      .optional(
        "format",
        .word(
          "format of the exports; left out: told by content",
          of: Collectors.all.map { $0.format }.sorted())),
      .optional("zone", FileSchemas.zone),
      .optional("effective", FileSchemas.date),
      .optional(
        "record",
        .word("format table: the record type", of: RecordType.all.map(\.name))),
      .optional("rows", .text("format table, JSON: pointer to the array of rows")),
      .optional("separator", .text("what separates the elements of a list in one cell")),
      .optional("decimal", .word("decimal mark of numbers", of: [".", ","])),
      .optional("asset", .text("the machine the exports come from, or file-name")),
      .optional("kind", .text("option of the format")),
      .optional("service", .text("the service the exports speak about")),
      .optional(
        "columns",
        free("format table: column of the record type, then the export's column or JSON path")),
      .optional("values", free("format table: what a column becomes where the export has a word")),
      .optional("constant", free("format table: the value of a column in every row")),
      .optional("severity", free("the tool's own severities, then ours")),
      .optional("formats", free("format table: layout of the times in a column, dd.MM.yyyy")),
      .optional("options", free("options of the format")),
    ],
    rules: [
      .object([
        ("oneOf", .list(["file", "command", "http"].map(FileSchemas.requires)))
      ])
    ])

  /// A mapping whose names and depth the format decides.
  private static func free(_ doc: String) -> SchemaNode { .map(doc, of: .anything("")) }

  private static let command = SchemaNode.either(
    "a program run without a shell",
    [
      .list("", of: .text("")),
      .text("a program without arguments"),
      .object(
        "",
        [
          .required("run", .list("program and arguments", of: .text(""), single: true)),
          .optional(
            "version", .list("command that prints the tool's version", of: .text(""), single: true)),
          .optional("timeout", .integer("seconds")),
          .optional(
            "environment",
            .list(
              "names of variables the program gets; nothing else is passed on", of: .text(""),
              single: true)),
          .optional(
            "accepts",
            .list("exit statuses that count as an answer", of: .integer(""), single: true)),
          .optional("name", .text("name of the preserved output")),
        ]),
    ])

  private static let http = SchemaNode.object(
    "a GET request",
    [
      .required("url", .text("address")),
      .optional("query", .map("parameters of the address", of: .text(""))),
      .optional(
        "headers",
        .map("headers; ${NAME} comes from the environment and is never stored", of: .text(""))),
      .optional("timeout", .integer("seconds")),
      .optional("retries", .integer("how often a failed request is tried again")),
      .optional("page_limit", .integer("most pages before the listing counts as endless")),
      .optional("paging", paging),
    ])

  private static let paging = SchemaNode.object(
    "how the next page is asked for",
    [
      .required(
        "by",
        .word(
          "link: RFC 8288 header; next: an address in the answer; offset, page: a parameter; cursor: a value of the answer",
          of: ["link", "next", "offset", "page", "cursor"])),
      .optional("next", .text("next: JSON pointer to the next page's address")),
      .optional("parameter", .text("name of the parameter")),
      .optional("limit_parameter", .text("offset: name of the parameter with the page's size")),
      .optional("limit", .integer("offset: size of a page")),
      .optional("first", .integer("page: number of the first page")),
      .optional("cursor", .text("cursor: JSON pointer to it")),
      .optional("items", .text("JSON pointer to the array of items")),
      .optional("total", .text("JSON pointer to the total")),
    ],
    rules: [
      needs("offset", "parameter"), needs("page", "parameter"), needs("cursor", "parameter"),
      needs("cursor", "cursor"), needs("next", "next"), needs("next", "items"),
    ])

  /// `by: word` requires a key.
  private static func needs(_ word: String, _ key: String) -> JSONTree {
    .object([
      (
        "if",
        .object([
          ("properties", .object([("by", .object([("const", .text(word))]))])),
          ("required", .list([.text("by")])),
        ])
      ),
      ("then", FileSchemas.requires(key)),
    ])
  }
}
