// libxml/encoding.h pulls in ICU's headers when libxml2 was built with ICU, as
// Debian does. Foundation on Linux brings an ICU of its own, and the two sets of
// declarations clash. None of ours needs the converter, so it is switched off
// before anything includes it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlschemas.h>
