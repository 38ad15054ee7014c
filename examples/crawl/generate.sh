# generate.sh: makes pages/ again, always the same: an atlas of some stars. Each
# constellation has its page, each star too; constellations link to their
# neighbours, so that there are cycles, and the page of Deneb links to one that
# was never written.
set -eu
cd "$(dirname "$0")"
rm -rf pages
mkdir pages

# page FILE TITLE LINK…: links are written FILE=TEXT.
page() {
  file=$1 title=$2
  shift 2
  {
    printf '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>%s</title></head>\n<body>\n<h1>%s</h1>\n<ul>\n' "$title" "$title"
    for link; do printf '<li><a href="%s">%s</a></li>\n' "${link%%=*}" "${link#*=}"; done
    printf '</ul>\n</body>\n</html>\n'
  } > "pages/$file"
}

name() { printf '%s\n' "$1" | awk '{ print toupper(substr($0, 1, 1)) substr($0, 2) }'; }

page index.html "An atlas of stars" about.html="About this atlas" \
  lyra.html=Lyra https://example.org/charts="Printed charts"
page about.html "About this atlas" index.html="The atlas" mailto:atlas@example.org="Write to us"

# Each line: a constellation, its neighbours, its stars.
while IFS='|' read -r constellation neighbours stars; do
  set -- index.html="The atlas"
  for n in $neighbours; do set -- "$@" "$n.html=$(name "$n")"; done
  for s in $stars; do set -- "$@" "$s.html=$(name "$s")"; done
  page "$constellation.html" "$(name "$constellation")" "$@"
  for s in $stars; do
    set -- "$constellation.html=$(name "$constellation")"
    [ "$s" != deneb ] || set -- "$@" "north-american-nebula.html=The nebula beside it"
    [ "$s" != vega ] || set -- "$@" deneb.html#place=Deneb altair.html#place=Altair
    page "$s.html" "$(name "$s")" "$@"
  done
done <<ATLAS
lyra|cygnus hercules|vega sheliak sulafat
cygnus|lyra aquila cassiopeia|deneb albireo sadr
aquila|cygnus|altair tarazed alshain
hercules|lyra corona|kornephoros sarin
corona|hercules bootes|alphecca nusakan
bootes|corona virgo|arcturus izar muphrid
virgo|bootes leo|spica porrima
leo|virgo|regulus denebola algieba
cassiopeia|cygnus perseus|schedar caph ruchbah
perseus|cassiopeia|mirfak algol
ATLAS
