package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class XmlFormatTest {
    private static final String LOGON = """
            <?xml version="1.0"?>
            <Event xmlns='http://schemas.example/event'><System><Provider Name='Audit' Guid='{1}'/>\
            <EventID Qualifiers='0'>4625</EventID><TimeCreated SystemTime='2026-11-22T09:58:01.5Z'/></System>\
            <EventData><Data Name='TargetUserName'>eve &amp; co</Data><Data Name='IpAddress'>192.0.2.1</Data>\
            <Data Name='Empty'/><Data>free</Data><Data>second</Data></EventData></Event>""";

    private static Normalizer xml(String options, String mapping) {
        return Normalized.normalizer(
                "{kind: normalizer, name: x, spec: {format: {type: xml" + options + "}, mapping: [" + mapping + "]}}");
    }

    @Test
    void readsEventsOfWindows() {
        Normalizer xml = xml("", """
                { from: Event.System.EventID, to: DeviceEventClassID },
                { from: Event.System.Provider.Name, to: DeviceProduct },
                { from: Event.System.TimeCreated.SystemTime, to: DeviceReceiptTime },
                { from: Event.EventData.Data.TargetUserName, to: DestinationUserName },
                { from: Event.EventData.Data.IpAddress, to: SourceAddress }
                """);
        assertThat(Normalized.of(xml, LOGON).fields())
                .containsEntry("DeviceEventClassID", "4625")
                .containsEntry("DeviceProduct", "Audit")
                .containsEntry("DeviceReceiptTime", "2026-11-22T09:58:01.500Z")
                .containsEntry("DestinationUserName", "eve & co")
                .containsEntry("SourceAddress", "192.0.2.1")
                .containsEntry("Extra.Event.System.Provider.Guid", "{1}")
                .containsEntry("Extra.Event.System.EventID.Qualifiers", "0")
                .containsEntry("Extra.Event.EventData.Data", "free")
                .containsEntry("Extra.Event.EventData.Data.1", "second")
                .doesNotContainKeys("ParseError", "Extra.Event.EventData.Data.Empty", "Extra.Event.xmlns");
    }

    @Test
    void numbersElementsThatFollowEachOtherAndGivesListsAllOfThem() {
        String text = "<a><b>1</b><b>2</b><c x='7'/><b>3</b></a>";
        assertThat(Normalized.of(xml("", "{ from: a.b, to: NA.b }, { from: a.c.x, to: N.x }"), text)
                        .fields())
                .containsEntry("NA.b", "1,2,3")
                .containsEntry("N.x", "7");
        assertThat(Normalized.of(xml("", "{ from: a.b.1, to: N.second }, { from: a.b.0, to: N.first }"), text)
                        .fields())
                .containsEntry("N.second", "2");
        assertThat(Normalized.of(xml(", arrays: [ a.b ]", ""), text).fields())
                .containsEntry("Extra.a.b.0", "1,3")
                .containsEntry("Extra.a.b.1", "2");
    }

    @Test
    void joinsSectionsAndTextAndGivesTheTextOfWholeElements() {
        Normalizer xml = xml("", "{ from: a.b, to: Message }, { from: a, to: Reason }");
        Normalized event = Normalized.of(xml, "<n:a><n:b> x<!-- no --><![CDATA[ <y> ]]>&#x41;&#66;&nope; </n:b></n:a>");
        assertThat(event.get("Message")).isEqualTo("x <y> AB&nope;");
        assertThat(event.get("Reason")).isEqualTo("<n:b> x<!-- no --><![CDATA[ <y> ]]>&#x41;&#66;&nope; </n:b>");
    }

    @Test
    void neitherFetchesNorExpandsEntities() {
        Normalized event = Normalized.of(xml("", "{ from: a, to: Message }"), """
                <!DOCTYPE a [ <!ENTITY x SYSTEM "file:///etc/passwd"> <!ENTITY y "&y2;&y2;"> <!ENTITY y2 "]>"> ]>
                <a>&x;&y;</a>""");
        assertThat(event.get("Message")).isEqualTo("&x;&y;");
        assertThat(event.get("ParseError")).isEmpty();
    }

    @Test
    void keepsWhatWasReadBeforeTheDamage() {
        Normalizer xml = xml("", "{ from: a.b, to: Message }");
        assertThat(Normalized.of(xml, "<a><b>x</b><c>").fields())
                .containsEntry("Message", "x")
                .containsEntry("ParseError", "xml: the text ends inside the element [byte=14]");
        assertThat(Normalized.of(xml, "<a><b>x</b></c></a>").get("ParseError")).contains("an end tag does not fit");
        assertThat(Normalized.of(xml, "<a><b>x</b></a>y").get("ParseError")).contains("text follows");
        assertThat(Normalized.of(xml, "<13>text").understood()).isFalse();
    }

    @Test
    void takesNothingBelowTheDeepestLevel() {
        String text = "<a>".repeat(100) + "x" + "</a>".repeat(100);
        Normalized event = Normalized.of(xml("", ""), text);
        assertThat(event.get("ParseError")).contains("deeper than 64 levels");
        assertThat(event.fields().keySet()).noneMatch(name -> name.startsWith("Extra."));
    }

    @Test
    void givesAnEventForEachDocumentAndForEachElementOfAPath() {
        Normalizer xml = xml("", "{ from: Event.Id, to: DeviceEventClassID }");
        List<Normalized> documents = Normalized.all(xml, "<Event><Id>1</Id></Event>\n<Event><Id>2</Id></Event>\n", "");
        assertThat(documents)
                .extracting(event -> event.get("DeviceEventClassID"))
                .containsExactly("1", "2");
        Normalizer inside = xml(", events: Events.Event", "{ from: Event.Id, to: DeviceEventClassID }");
        List<Normalized> elements = Normalized.all(
                inside,
                "<?xml version='1.0'?><Events><Info/><Event><Id>1</Id></Event><Event><Id>2</Id></Event><Event><Id>3</Events>",
                "");
        assertThat(elements)
                .extracting(event -> event.get("DeviceEventClassID"))
                .containsExactly("1", "2", "3");
        assertThat(elements.get(2).get("ParseError")).contains("end");
        assertThat(Normalized.all(inside, "<Other/>", "")).hasSize(1);
        assertThat(Normalized.all(xml, "<Event/>tail", "").getFirst().get("ParseError"))
                .contains("text follows");
    }
}
