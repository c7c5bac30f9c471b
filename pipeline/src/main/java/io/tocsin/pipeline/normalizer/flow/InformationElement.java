package io.tocsin.pipeline.normalizer.flow;

/// One kind of value in flow records.
///
/// @param enterprise number of the enterprise that defined it; 0 is IANA, negative are the lists of NetFlow 9
/// @param number in the list of that enterprise
/// @param name `ie_<enterprise>_<number>` when it is in no table
public record InformationElement(long enterprise, int number, String name, ElementType type) {
    /// True for an element of IANA with this number.
    public boolean is(int ianaNumber) {
        return enterprise == 0 && number == ianaNumber;
    }
}
