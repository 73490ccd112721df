#!/usr/bin/perl
# A name server for this node alone: it knows what /etc/jtel/dns.hosts says, and nothing else.
#
# It listens where an engine's own resolver is asked, so that it works on engines that cannot redirect that
# port; where they can, they answer for the same aliases.
use strict;
use warnings;
use Socket;

my %address_of;
open my $table, '<', '/etc/jtel/dns.hosts' or die "dns.hosts: $!";
while (<$table>) {
    my ($address, @names) = split;
    $address_of{$_} = $address for @names;
}

socket my $wire, PF_INET, SOCK_DGRAM, 0 or die "socket: $!";
bind $wire, pack_sockaddr_in(53, inet_aton('127.0.0.11')) or die "bind: $!";
while (defined(my $asker = recv $wire, my $query, 512, 0)) {
    next if length $query < 17;
    my ($at, @labels) = (12);
    while (my $length = ord substr $query, $at, 1) {
        push @labels, substr $query, $at + 1, $length;
        last if ($at += $length + 1) >= length $query;
    }
    next if $at + 5 > length $query;
    my $address = $address_of{lc join '.', @labels};
    my $is_told = $address && unpack('n', substr $query, $at + 1, 2) == 1 ? 1 : 0; # type A
    my $answer = substr($query, 0, 2) . pack('n5', $address ? 0x8580 : 0x8583, 1, $is_told, 0, 0);
    $answer .= substr $query, 12, $at + 5 - 12;
    $answer .= pack 'n3Nna4', 0xc00c, 1, 1, 0, 4, inet_aton($address) if $is_told;
    send $wire, $answer, 0, $asker;
}
